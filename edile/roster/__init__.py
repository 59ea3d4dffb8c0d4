"""`edile roster`: is this roster right, and what follows from it?"""

from __future__ import annotations

import typer

from edile.roster import check

app = typer.Typer(
    help="Rosters: are they right, and who is expected when?",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def _questions() -> None:
    """Rosters: are they right, and who is expected when?"""


app.command(epilog=check.EPILOG)(check.check)
