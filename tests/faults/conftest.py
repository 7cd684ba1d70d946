"""Front-end machines of each kind for the long runs."""

from __future__ import annotations

from tests.integration.frontends.conftest import site

__all__ = ["site"]
