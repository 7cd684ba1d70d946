"""Authorities that sign the city's records (发证和决定机关), as in catalog/departments.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Authority:
    """A department as it signs (机关): made-up credit code with true check digits."""

    name: str
    credit_code: str


MARKET: Final = Authority("景德镇市市场监督管理局", "11360200YB36020201")
HUMAN_RESOURCES: Final = Authority("景德镇市人力资源和社会保障局", "11360200YB3602039X")
TAXATION: Final = Authority("国家税务总局景德镇市税务局", "11360200YB3602047Q")
REFORM: Final = Authority("景德镇市发展和改革委员会", "11360200YB3602055K")
LAND: Final = Authority("景德镇市自然资源和规划局", "11360200YB3602063E")
POLICE: Final = Authority("景德镇市公安局", "11360200YB36020126")
SERVICE_CENTER: Final = Authority("景德镇市行政服务中心", "11360200YB36020719")
