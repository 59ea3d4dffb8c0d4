"""`edile decode`: raw bytes in, one JSON object a line out, by the very codecs the gateway uses."""

from __future__ import annotations

import typer

from edile.decode import gt06, jt808, modbus, nmea, weighbridge

app = typer.Typer(
    help="Raw bytes in, one JSON object a line out.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def _protocols() -> None:
    """Raw bytes in, one JSON object a line out. One sub-command for each kind of device."""


app.command(epilog=weighbridge.EPILOG)(weighbridge.weighbridge)
app.command(epilog=jt808.EPILOG)(jt808.jt808)
app.command(epilog=gt06.EPILOG)(gt06.gt06)
app.command(epilog=modbus.EPILOG)(modbus.modbus)
app.command(epilog=nmea.EPILOG)(nmea.nmea)
