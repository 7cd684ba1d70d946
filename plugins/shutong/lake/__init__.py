"""The shared high-frequency database (高频数据共享库) as Delta tables over Parquet.

The only package that imports deltalake; import it where it is used, it is heavy.
"""

from shutong.lake.comparing import KeyDifference, KeyFiles
from shutong.lake.files import force, sm3_of, sm3_unless
from shutong.lake.query import LakeQuery, QueryFaulty
from shutong.lake.store import BatchRows, Lake, TableVersion
from shutong.lake.upkeep import Damage, DamageKind, Swept

__all__ = [
    "BatchRows",
    "Damage",
    "DamageKind",
    "KeyDifference",
    "KeyFiles",
    "Lake",
    "LakeQuery",
    "QueryFaulty",
    "Swept",
    "TableVersion",
    "force",
    "sm3_of",
    "sm3_unless",
]
