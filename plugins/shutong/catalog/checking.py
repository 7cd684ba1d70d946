"""Every fault of the catalog in one list (目录检查)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from shutong.catalog.faults import Fault, in_order
from shutong.catalog.lint import lint_faults
from shutong.catalog.loading import Catalog, load_catalog
from shutong.catalog.references import reference_faults
from shutong.catalog.share_faults import share_faults


def check_catalog(
    root: Path, credit_code_valid: Callable[[str], bool] | None = None
) -> tuple[Catalog, tuple[Fault, ...]]:
    """Load and check the catalog under `root`; return it with all its faults, in file order."""
    catalog = load_catalog(root)
    faults = {
        *catalog.faults,
        *reference_faults(catalog),
        *lint_faults(catalog, credit_code_valid),
        *share_faults(catalog),
    }
    return catalog, tuple(sorted(faults, key=in_order))
