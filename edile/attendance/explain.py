"""`edile attendance explain`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edile.decode.source import stop
from edile.decode.zones import zone_seconds

if TYPE_CHECKING:
    from edile.attendance.explaining import Explained
    from edile.attendance.own_settings import OwnSettings

EPILOG = (
    "Example: edile attendance explain w-17/2026-09-22/1 --roster roster.json "
    "--areas areas.geojson --data-dir /var/lib/edile --map w-17.png"
)


def explain(
    shift: Annotated[str, typer.Argument(help="The shift's name: person/date/number.")],
    *,
    config: Annotated[
        Path | None, typer.Option(help="A gateway's gw.toml: judge by its own settings.")
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help="The roster, JSON or CSV; without it, the gateway's.")
    ] = None,
    areas: Annotated[
        list[Path] | None,
        typer.Option(help="GeoJSON with the areas, may be repeated; without it, the gateway's."),
    ] = None,
    track: Annotated[
        Path | None, typer.Option(help="The badge's track, JSON Lines; or --data-dir.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="A gateway's data folder, read only; or --track.")
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(help="The clock on the wall; the gateway's, or +08:00.", show_default=False),
    ] = None,
    map_file: Annotated[
        Path | None, typer.Option("--map", metavar="OUT.png", help="Draw the track over the fence.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
    fixes: Annotated[
        bool, typer.Option("--fixes", help="With --json: each fix and what became of it.")
    ] = False,
) -> None:
    """Why a shift was judged as it was: fixes used and rejected, times in and out, gaps, and the
    verdict in sentences.

    It judges again, from the same track by the same rules as the gateway. The picture leaves out where
    the badge was before and after work and in breaks.
    """
    if config is None and (roster is None or not areas):
        stop("name the settings: --config gw.toml, or --roster and --areas")
    if (track is not None and data_dir is not None) or not (track or data_dir or config):
        stop("name the track: --track FILE or --data-dir FOLDER, one of them")
    # numpy, shapely and matplotlib are the extra `attendance`; `score` needs none of them.
    from edile.attendance.explaining import as_object, as_text  # noqa: PLC0415
    from edile.attendance.sources import explained  # noqa: PLC0415

    own = None
    if config is not None:
        own = _own(config, data_dir)
        data_dir = None if track else own.data_dir
    zone_min = None if zone is None else zone_seconds(zone) // 60
    one = explained(
        shift, roster, areas or [], track=track, data_dir=data_dir, zone_min=zone_min, own=own
    )
    if map_file is not None:
        _draw(one, map_file)
    typer.echo(json.dumps(as_object(one, fixes=fixes)) if as_json else as_text(one), nl=as_json)


def _own(config: Path, data_dir: Path | None) -> OwnSettings:
    from edile.attendance.own_settings import own_settings  # noqa: PLC0415

    own = own_settings(config, data_dir)
    if own.from_hub is not None:
        typer.echo(f"with the hub's desired state {own.from_hub}, as in force there", err=True)
    return own


def _draw(one: Explained, file: Path) -> None:
    from edile.attendance.drawing import draw  # noqa: PLC0415

    try:
        draw(one, file)
    except OSError as error:
        stop(f"--map {file}: cannot be written: {error.strerror}")
