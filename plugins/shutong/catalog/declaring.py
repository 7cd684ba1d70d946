"""What all declarations of the catalog share (声明基础): names, and the base of the models."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
"""Name of a declared thing: it becomes part of paths and ids, so it is narrow."""
Identifier = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_\u4e00-\u9fff][\w$#\u4e00-\u9fff]{0,127}$")
]
"""Name of a table or column in a front-end database; quoted by the dialect when used."""
ItemName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""Name of an information item: a column of the shared database."""
Line = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=2000)]
CreditCodeText = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{18}$")]
RegionText = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
DatasetName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,63}/[a-z0-9][a-z0-9_]{0,63}$")
]


class Declaration(BaseModel):
    """Base of everything declared in YAML (声明): frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)
