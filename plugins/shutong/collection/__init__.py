"""Collection (归集): from a department's table to the shared high-frequency database.

Five stages, each a function from facts to a frozen result::

    plan -> extract -> reconcile -> validate -> land

A comparison of keys takes the same way: what differs is a batch.
"""

from shutong.collection.comparing import comparison_due
from shutong.collection.context import CollectionContext, open_context
from shutong.collection.extracting import extract
from shutong.collection.landing import land
from shutong.collection.planning import plan
from shutong.collection.reconciling import reconcile
from shutong.collection.running import collect, compare
from shutong.collection.validating import validate

__all__ = [
    "CollectionContext",
    "collect",
    "compare",
    "comparison_due",
    "extract",
    "land",
    "open_context",
    "plan",
    "reconcile",
    "validate",
]
