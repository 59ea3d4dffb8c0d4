"""`edile attendance`: why a verdict is what it is, and how right the verdicts of a day were."""

from __future__ import annotations

import typer

from edile.attendance import crews, explain, rehearse, report, score

app = typer.Typer(
    help="Verdicts on shifts: how right they are, and why.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def _questions() -> None:
    """Verdicts on shifts: how right they are, and why."""


app.command(epilog=explain.EPILOG)(explain.explain)
app.command(epilog=score.EPILOG)(score.score)
app.command(epilog=rehearse.EPILOG)(rehearse.rehearse)
app.command(epilog=report.EPILOG)(report.report)
app.command(epilog=crews.EPILOG)(crews.crews)
