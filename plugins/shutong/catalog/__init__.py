"""The catalog of shared resources (政务信息资源目录): models, loading, checks."""

from shutong.catalog.checking import check_catalog
from shutong.catalog.faults import Fault, did_you_mean, in_order
from shutong.catalog.loading import (
    Catalog,
    load_catalog,
    load_codes,
    load_resource,
    load_resources,
    resource_ids,
    resource_path,
)

__all__ = [
    "Catalog",
    "Fault",
    "check_catalog",
    "did_you_mean",
    "in_order",
    "load_catalog",
    "load_codes",
    "load_resource",
    "load_resources",
    "resource_ids",
    "resource_path",
]
