"""`python -m edile` is `edile`."""

from edile.cli import main

main()
