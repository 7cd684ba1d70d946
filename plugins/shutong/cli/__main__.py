"""`python -m shutong.cli`: the command line without its script."""

from shutong.cli import main

main()
