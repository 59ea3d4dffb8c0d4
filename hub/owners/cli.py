"""`edile hub owners`: check, ask and draw units, duty areas and rosters. Needs no database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.errors import HubStop
from hub.faults import one_line_each

if TYPE_CHECKING:
    from hub.owners.coverage import Hole, Overlap
    from hub.owners.handover import Group, HandOver, OpenOrder
    from hub.owners.ownership import Ownership
    from hub.owners.rosters import Role

owners = typer.Typer(
    help="Whose problem a point is: units, duty areas, who is on duty.", no_args_is_help=True
)

UnitsFile = Annotated[Path | None, typer.Option("--units", help="CSV of units.")]
AreaFiles = Annotated[
    list[Path], typer.Option("--areas", help="GeoJSON of duty areas; repeatable.")
]
RosterFiles = Annotated[
    list[Path] | None, typer.Option("--roster", help="CSV of who is on duty; repeatable.")
]
Moment = Annotated[str | None, typer.Option("--at", help="RFC 3339; default: now.")]
_SHOWN = 10


@owners.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="units.csv areas.geojson [roster.csv]")],
    replaces: Annotated[
        list[Path] | None,
        typer.Option(help="The documents in force: may these follow them? Repeatable."),
    ] = None,
    at: Moment = None,
) -> None:
    """Read documents together and say what they come to, or every fault.

    Example: edile hub owners check units.csv areas.geojson roster.csv --replaces old/areas.geojson
    """
    from hub.owners.coverage import coverage_at
    from hub.owners.faults import OwnersRefused
    from hub.owners.successors import check_successor

    with one_line_each():
        at_ns = _moment(at)
        owned = _assembled(files)
        if replaces:
            faults = check_successor(_assembled(replaces), owned, at_ns)
            if faults:
                raise OwnersRefused(faults)
        cover = coverage_at(owned, at_ns)
    typer.echo(
        f"{len(owned.units)} units, {len(owned.areas)} versions of areas;"
        f" valid now: {cover.plain} plain, {cover.narrow} overlays or for classes"
    )
    typer.echo(
        f"plain areas: {cover.square_m / 1e6:.3f} km2;"
        f" {cover.outside_share:.1%} of their convex hull is nobody's"
    )
    doubles = [f"{one.first} has it, not {one.second}: {_where(one)}" for one in cover.overlaps]
    _list("overlaps of plain areas", doubles)
    _list("holes with areas all around", [_where(one) for one in cover.holes])
    _list("units that no area names, nor any below them", list(cover.idle_units))
    _list("rosters", [str(note) for note in owned.rosters.notes()])


@owners.command()
def who(
    lon: Annotated[float, typer.Argument(help="WGS 84 degrees.")],
    lat: Annotated[float, typer.Argument()],
    areas: AreaFiles,
    units: UnitsFile = None,
    roster: RosterFiles = None,
    class_code: Annotated[str | None, typer.Option("--class", help="For areas of a class.")] = None,
    overlay: Annotated[
        str | None, typer.Option(help="Asked first where it covers the point.")
    ] = None,
    error_m: Annotated[float, typer.Option("--error", min=0, help="Metres.")] = 0.0,
    at: Moment = None,
) -> None:
    """Who owned this point then, who is above them, whose contract it is, who is on duty. Exit status 1
    when nobody owns it.

    Example: edile hub owners who 113.3051 23.1042 --units units.csv --areas areas.geojson --class 06036
    """
    with one_line_each():
        at_ns = _moment(at)
        owned = _assembled([*([units] if units else []), *areas, *(roster or [])])
        try:
            found = owned.owner_at(
                lon, lat, at_ns=at_ns, error_m=error_m, class_code=class_code, overlay=overlay
            )
        except ValueError as error:
            raise HubStop(str(error)) from error
    if found is None:
        typer.echo("nobody: it would wait in the no-owner queue")
        for one in owned.candidates(
            lon, lat, at_ns=at_ns, error_m=error_m, class_code=class_code, overlay=overlay
        ):
            typer.echo(f"within the error: {one.unit} by area {one.area}")
        raise typer.Exit(1)
    typer.echo(f"unit        {_named(owned, found.unit, at_ns)}")
    typer.echo(f"by          {found.how} {found.area}, version {found.version}")
    for label, names in (
        ("main", [found.main]),
        ("assisting", found.assisting),
        ("above", owned.units.chain(found.unit, at_ns)[1:]),
        ("contractor", [found.contractor] if found.contractor else []),
    ):
        for name in names:
            typer.echo(f"{label:<11} {_named(owned, name, at_ns)}")
    if found.lot:
        typer.echo(f"lot         {found.lot}")
    if found.near_border:
        others = ", ".join(f"{one.unit} by area {one.area}" for one in found.others)
        typer.echo(f"near a border: perhaps {others or 'nobody'}")
    for role in _roles() if owned.rosters.watches else ():
        _echo_duty(owned, found.unit, at_ns, role)


@owners.command()
def handover(
    ctx: typer.Context,
    old: Annotated[Path | None, typer.Argument(help="GeoJSON of duty areas in force.")] = None,
    new: Annotated[
        Path | None, typer.Argument(help="GeoJSON that shall follow; may be the same file.")
    ] = None,
    orders: Annotated[
        Path | None,
        typer.Option(
            help="JSON: a list of {id, lon, lat, class_code, owner}, or a page of orders."
        ),
    ] = None,
    units: UnitsFile = None,
    at: Moment = None,
    before: Annotated[
        str | None, typer.Option(help="RFC 3339: ask OLD for this time instead.")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Write the list there, as JSON.")] = None,
    apply: Annotated[
        Path | None, typer.Option(help="Hand over the orders of this list, as --save wrote it.")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="With --apply: who does it.")] = "",
    reason: Annotated[str, typer.Option(help="With --apply: why.")] = "",
    database: Annotated[
        str, typer.Option(envvar="EDILE_HUB_DATABASE", help="With --apply: the hub's.")
    ] = "",
) -> None:
    """Open orders whose place another unit would answer for; nothing is moved, but by --apply: then each
    order that is still as the list says. Exit status 1 when some are not.

    Example: edile hub owners handover old.geojson new.geojson --orders open.json --save list.json &&
    edile hub owners handover --apply list.json --by "Li Na" --reason "areas of 2027" --database sqlite:///hub.db
    """
    from hub.owners.handover import hand_overs

    if apply is not None:
        with one_line_each():
            listed = _saved(apply)
            if not database:
                raise HubStop("--apply: expected --database")
        ctx.obj("orders-hand-over", database, None, orders=listed, by=by, reason=reason)
        return
    with one_line_each():
        if old is None or new is None or orders is None:
            raise HubStop("expected OLD NEW --orders FILE, or --apply LIST")
        at_ns = _moment(at)
        named = [units] if units else []
        was, now = _assembled([*named, old]), _assembled([*named, new])
        before_ns = None if before is None else _moment(before)
        groups = hand_overs(was, now, at_ns, _orders(orders), before_ns=before_ns)
    for (owner, unit), found in groups.items():
        typer.echo(f"{owner or 'nobody'} -> {unit or 'nobody'}: {len(found)}")
        for one in found:
            doubt = ", near a border" if one.near_border else ""
            given = f", the place was {one.from_unit}'s" if one.from_unit != one.owner else ""
            typer.echo(f"  {one.order}  {one.area or 'no area'}{doubt}{given}")
    typer.echo(f"{sum(map(len, groups.values()))} orders lie where another unit answers")
    if save is not None:
        with one_line_each():
            _save(save, groups)


@owners.command()
def draw(
    out: Annotated[Path, typer.Argument(help="PNG.")],
    areas: AreaFiles,
    units: UnitsFile = None,
    at: Moment = None,
) -> None:
    """Areas coloured by unit, overlays and areas for classes hatched. Needs matplotlib.

    Example: edile hub owners draw district.png --units units.csv --areas areas.geojson
    """
    with one_line_each():
        try:
            from hub.owners.drawing import draw as draw_areas
        except ImportError as error:
            raise HubStop(
                "no matplotlib here: install the package's extra named attendance"
            ) from error
        owned = _assembled([*([units] if units else []), *areas])
        try:
            count = draw_areas(owned, _moment(at), out)
        except OSError as error:
            raise HubStop(f"{out}: {error.strerror}") from error
    typer.echo(f"{count} areas in {out}")


def _assembled(files: list[Path]) -> Ownership:
    """By content: GeoJSON is areas, CSV with a person is a roster, else units."""
    from hub.owners.ownership import assemble
    from hub.owners.tables import columns_of

    units: dict[str, bytes] = {}
    areas: dict[str, bytes] = {}
    rosters: dict[str, bytes] = {}
    for file in files:
        content = _content(file)
        if content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in {b"{", b"["}:
            areas[str(file)] = content
        elif "person" in columns_of(str(file), content):
            rosters[str(file)] = content
        else:
            units[str(file)] = content
    if len(units) > 1:
        raise HubStop(f"{', '.join(units)}: expected the units in one file")
    name = next(iter(units), None)
    return assemble(units[name] if name else None, areas, rosters, units_file=name or "units")


def _orders(file: Path) -> list[OpenOrder]:
    """As `OpenOrder` has them, or as the hub lists them."""
    import msgspec

    from contract.workorder import Page
    from hub.owners.handover import OpenOrder

    content = _content(file)
    try:
        if content.lstrip()[:1] == b"[":
            return msgspec.json.decode(content, type=list[OpenOrder])
        page = msgspec.json.decode(content, type=Page)
    except msgspec.DecodeError as error:
        raise HubStop(f"{file}: {error}") from error
    return [
        OpenOrder(
            id=one.id,
            lon=one.place.lon,
            lat=one.place.lat,
            class_code=one.class_code,
            owner=one.owner.unit if one.owner else None,
            error_m=one.place.error_m,
            state=one.state,
        )
        for one in page.items
        if one.place.lon is not None and one.place.lat is not None
    ]


def _save(file: Path, groups: dict[Group, list[HandOver]]) -> None:
    import msgspec

    listed = [one for found in groups.values() for one in found]
    try:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(listed)) + b"\n")
    except OSError as error:
        raise HubStop(f"{file}: {error.strerror}") from error


def _saved(file: Path) -> list[dict[str, object]]:
    """Whatever people have struck out of it."""
    import msgspec

    from hub.owners.handover import HandOver

    try:
        listed = msgspec.json.decode(_content(file), type=list[HandOver])
    except msgspec.DecodeError as error:
        raise HubStop(f"{file}: {error}") from error
    return [msgspec.to_builtins(one) for one in listed]


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise HubStop(f"{file}: {error.strerror}") from error


def _moment(text: str | None) -> int:
    import time

    from contract.timestamps import parse_rfc3339

    if text is None:
        return time.time_ns()
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise HubStop(f"{error}: expected such as 2026-11-21T10:00:00+08:00") from error


def _named(owned: Ownership, unit: str, at_ns: int) -> str:
    row = owned.units.row(unit, at_ns)
    return unit if row is None else f"{unit}  {row.zh}  {row.en}"


def _where(one: Overlap | Hole) -> str:
    return f"{one.square_m:.0f} m2 at {one.lon:.6f} {one.lat:.6f}"


def _list(title: str, lines: list[str]) -> None:
    if lines:
        typer.echo(f"{title}: {len(lines)}")
    for line in lines[:_SHOWN]:
        typer.echo(f"  {line}")
    if len(lines) > _SHOWN:
        typer.echo(f"  and {len(lines) - _SHOWN} more")


def _roles() -> tuple[Role, ...]:
    from hub.owners.rosters import ROLES

    return ROLES


def _echo_duty(owned: Ownership, unit: str, at_ns: int, role: Role) -> None:
    found = owned.on_duty(unit, at_ns, role)
    if found is None:
        typer.echo(f"{role:<11} nobody on duty, nor above")
        return
    for watch in found.watches:
        reached = " ".join((watch.contact, *watch.channels)).strip()
        typer.echo(f"{role:<11} {watch.person} of {found.unit}  {reached}")
