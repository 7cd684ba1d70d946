"""The shared high-frequency database (高频数据共享库) as Delta tables over Parquet.

The only package that imports deltalake; import it where it is used, it is heavy.
"""

from shutong.lake.accounts import Account
from shutong.lake.comparing import KeyDifference, KeyFiles
from shutong.lake.files import force, sm3_of, sm3_unless
from shutong.lake.problems import ProblemLine
from shutong.lake.query import LakeQuery, QueryFaulty
from shutong.lake.sealing import KeyRing
from shutong.lake.store import BatchRows, Lake, TableVersion
from shutong.lake.upkeep import Damage, DamageKind, Swept

__all__ = [
    "Account",
    "BatchRows",
    "Damage",
    "DamageKind",
    "KeyDifference",
    "KeyFiles",
    "KeyRing",
    "Lake",
    "LakeQuery",
    "ProblemLine",
    "QueryFaulty",
    "Swept",
    "TableVersion",
    "force",
    "sm3_of",
    "sm3_unless",
]
