"""A line to a server that a test can break; it lives beside the servers (可断线路)."""

from tests.integration.proxy import Line, line

__all__ = ["Line", "line"]
