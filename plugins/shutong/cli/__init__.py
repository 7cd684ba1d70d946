"""The command line (命令行): `shutong --help`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; a person's mistake ends in a message, never in a traceback."""
    from shutong.cli.app import app
    from shutong.cli.speaking import explain
    from shutong.errors import ShutongError

    try:
        app()
    except ShutongError as exc:
        explain(exc)
        sys.exit(exc.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
