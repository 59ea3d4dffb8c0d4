"""`python -m hub` is `edile hub`."""

from hub.cli import app

app()
