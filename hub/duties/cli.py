"""`edile hub duties`: check a document, plan what falls due, hold a track against a road. Needs no database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.errors import HubStop
from hub.faults import one_line_each

if TYPE_CHECKING:
    from datetime import date

    from hub.duties.kinds import Coverage, DutyBook

duties = typer.Typer(
    help="What has to be done again and again, and whether it was.", no_args_is_help=True
)
Document = Annotated[
    Path | None, typer.Option("--duties", help="The duties document; default: the shipped one.")
]
Draw = Annotated[Path | None, typer.Option(help="Write a picture (PNG).")]


@duties.command()
def check(
    file: Annotated[Path, typer.Argument(help="A duties document, or one of contracts.")],
) -> None:
    """Read a document and say what it comes to, or every fault with its line.

    Example: edile hub duties check duties.yaml
    """
    from hub.duties.contracts import read_contracts
    from hub.duties.documents import read_duties
    from hub.duties.performance import yuan

    with one_line_each():
        content = _content(file)
        if b"\nterms:" in content or content.startswith(b"terms:"):
            for one in read_contracts(file.name, content).terms:
                rate = one.per_case_fen or one.per_point_fen
                per = "case" if one.per_case_fen else "point"
                typer.echo(
                    f"{one.contractor} {one.lot} {one.measure} each {one.every}: {one.target} %, "
                    f"{yuan(rate)} a {per}, at most {yuan(one.cap_fen)}"
                )
            return
        book = read_duties(file.name, content)
        for kind in book.kinds.values():
            outcomes = ", ".join(f"{name} -> {one.then}" for name, one in kind.outcomes.items())
            needs = "" if kind.coverage is None else f"; covers {kind.coverage.share:.0%}"
            grace = "" if kind.grace is None else f" + {kind.grace}"
            typer.echo(f"{kind.name}: every {kind.every}{grace}{needs}; {outcomes}")
        typer.echo(f"{file.name}: sound, {len(book.kinds)} kinds, days of {book.zone.key}")


@duties.command()
def plan(
    register: Annotated[Path, typer.Argument(help="CSV of duties.")],
    since: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    until: Annotated[str, typer.Option("--to", help="Last day, YYYY-MM-DD.")],
    document: Document = None,
    draw: Draw = None,
) -> None:
    """What falls due when, if everything is done on its last day. Exit status 1: rows were refused.

    Example: edile hub duties plan homes.csv --from 2026-12-01 --to 2026-12-31 --draw plan.png
    """
    import time

    from hub.duties.planning import planned
    from hub.duties.registering import read_register

    with one_line_each():
        first, last = _day("--from", since), _day("--to", until)
        if last < first:
            raise HubStop(f"--to {until}: expected a day not before {since}")
        book = _book(document)
        text = _content(register).decode("utf-8-sig", errors="replace")
        found = read_register(text, book, district="-", at_ns=time.time_ns())
        for fault in found.faults:
            typer.echo(f"{register.name}: {fault}", err=True)
        due, before = planned(book, found, first, last)
        for name, days in due.items():
            most = max(days.items(), key=lambda item: (item[1], item[0]), default=None)
            peak = "" if most is None else f", most on {most[0]} ({most[1]})"
            total = sum(days.values())
            typer.echo(f"{name:<28} {total:>8,} due, {before[name]:,} due before{peak}")
        typer.echo(f"{found.count} rows: {found.taken} taken, {len(found.faults)} faults")
        if draw is not None:
            from hub.duties.drawing import draw_plan

            draw_plan(book, due, first, last, draw)
            typer.echo(f"drawn: {draw}")
    if found.faults:
        raise typer.Exit(1)


@duties.command()
def coverage(
    track: Annotated[Path, typer.Argument(help="Positions, JSON Lines as a gateway exports them.")],
    asset: Annotated[Path, typer.Argument(help="GeoJSON of the road or the green, WGS 84.")],
    kind: Annotated[str, typer.Option(help="Whose rule holds.")] = "road-sweeping",
    document: Document = None,
    draw: Draw = None,
    out: Annotated[Path | None, typer.Option(help="Write what is left as GeoJSON.")] = None,
) -> None:
    """How much of a road or a green a track has worked. Exit status 1: not enough to close the duty.

    Example: edile hub duties coverage track.jsonl road.geojson --draw covered.png
    """
    import json

    from hub.duties.coverage import covered
    from hub.duties.tracks import geojson_of, read_asset, read_track

    with one_line_each():
        rule = _rule(_book(document), kind)
        read = read_track(_content(track), track.name)
        shape = read_asset(_content(asset), asset.name)
        try:
            found = covered(shape, read.positions, rule)
        except ValueError as error:
            raise HubStop(f"{asset.name}, {track.name}: {error}") from error
        met = found.meets(rule)
        typer.echo(
            f"{found.share:.1%} of {found.total:,.0f} {found.unit} worked, needed {rule.share:.0%}: "
            f"{'enough' if met else 'not enough'}"
        )
        for why, metres in found.driven_m.items():
            typer.echo(f"  driven {why.word:<12} {metres:>9,.0f} m")
        for why in sorted({one.why for one in found.uncovered}):
            size = sum(one.size for one in found.uncovered if one.why is why)
            typer.echo(f"  left   {why.word:<12} {size:>9,.0f} {found.unit}")
        if read.without:
            typer.echo(f"  {read.without} lines without a time or a valid position")
        if out is not None:
            out.write_text(json.dumps(geojson_of(found), indent=1) + "\n", encoding="utf-8")
        if draw is not None:
            from hub.duties.drawing import draw_coverage

            draw_coverage(shape, read.positions, found, rule, draw)
            typer.echo(f"drawn: {draw}")
    if not met:
        raise typer.Exit(1)


def _book(document: Path | None) -> DutyBook:
    from hub.duties.book import SHIPPED
    from hub.duties.documents import read_duties

    file = document or SHIPPED
    return read_duties(file.name, _content(file))


def _rule(book: DutyBook, name: str) -> Coverage:
    kind = book.kinds.get(name)
    if kind is None or kind.coverage is None:
        known = ", ".join(one.name for one in book.kinds.values() if one.coverage)
        raise HubStop(f"--kind {name}: expected one that asks for coverage: {known}")
    return kind.coverage


def _day(option: str, text: str) -> date:
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise HubStop(f"{option} {text}: expected YYYY-MM-DD") from error


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise HubStop(f"{file}: {error.strerror}") from error
