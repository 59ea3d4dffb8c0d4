"""`edile hub policy`: read scenario files before they are published; nothing here needs a database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.errors import HubStop
from hub.faults import one_line_each

if TYPE_CHECKING:
    from hub.deadlines import Calendar
    from hub.policies.catalogue import Catalogue
    from hub.policies.policy import Policy
    from hub.policies.policy_set import PolicySet

SHIPPED = "shipped"
policy = typer.Typer(
    help="Scenario files: what each class of problem asks for. docs/scenarios.md explains every key.",
    no_args_is_help=True,
    epilog="Start here: edile hub policy shipped --to scenarios && edile hub policy check scenarios",
)

Files = Annotated[list[Path], typer.Argument(help="NAME.yaml, or folders of such files.")]
Tables = Annotated[
    Path | None,
    typer.Option(
        "--catalogue",
        help="A folder of catalogue tables (CSV) whose rows stand above the shipped ones.",
    ),
]
Source = Annotated[
    Path | None, typer.Option("--from", help="A file or a folder; default: the shipped set.")
]


@policy.command()
def check(files: Files, catalogue: Tables = None) -> None:
    """Read scenario files and say what each does, or every fault with its file, line and what to write.

    Files that are given together are checked as one set: no two may answer for the same kind or class.

    Example: edile hub policy check scenarios
    """
    from hub.policies.coverage import unanswered
    from hub.policies.tables import summary

    with one_line_each():
        found = _policies(files, catalogue)
    for line in summary(found.by_name.values()):
        typer.echo(line)
    typer.echo(f"{len(found.by_name)} sound")
    left = unanswered(found)
    if left and any(path.is_dir() for path in files):
        typer.echo(f"nobody answers for: {', '.join(left)}", err=True)


@policy.command()
def diff(
    old: Annotated[str, typer.Argument(help="A file, a folder, or the word shipped.")],
    new: Annotated[str, typer.Argument(help="A file, a folder, or the word shipped.")],
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object for each change.")] = False,
    catalogue: Tables = None,
) -> None:
    """Say what changes from OLD to NEW, a line for each policy. Exit status 1 when something does.

    Example: edile hub policy diff shipped scenarios
    """
    import msgspec

    from hub.policies.diffing import set_changes, told

    with one_line_each():
        before, after = (_set_of(one, catalogue).by_name for one in (old, new))
        changes = set_changes(before, after)
    if as_json:
        for change in changes:
            typer.echo(msgspec.json.encode(change).decode())
    else:
        for line in told(changes):
            typer.echo(line)
        typer.echo(f"changes: {len(changes)}" if changes else "nothing changes")
    if changes:
        raise typer.Exit(1)


@policy.command()
def show(
    name: Annotated[str, typer.Argument(help="The policy's name, or a file.")],
    source: Source = None,
    opened: Annotated[
        str | None,
        typer.Option(help="RFC 3339: when an order would be opened; shows what happens when."),
    ] = None,
    calendars: Annotated[
        Path | None, typer.Option(help="The folder of calendars (edile hub calendar).")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="Whose calendar, where there are several.")
    ] = None,
    catalogue: Tables = None,
) -> None:
    """Say in Chinese and English what a policy asks for, and what happens when to an order of it.

    Example: edile hub policy show over-capacity --opened 2026-09-30T16:00:00+08:00
    """
    from hub.policies.tables import sentences, timetable

    with one_line_each():
        found = _named(name, source, catalogue)
        moments = [] if opened is None else timetable(found, opened, _calendar(calendars, unit))
    for line in (*sentences(found), *moments):
        typer.echo(line)


@policy.command()
def shipped(
    to: Annotated[Path, typer.Option(help="A folder for the files, to edit.")],
    force: Annotated[bool, typer.Option(help="Also write over files that were edited.")] = False,
) -> None:
    """Write the reference set out, a file for each policy. Files that were edited are left alone.

    Example: edile hub policy shipped --to scenarios
    """
    from hub.policies.policy_set import shipped_files

    with one_line_each():
        kept = _written(to, shipped_files(), force=force)
    for name in kept:
        typer.echo(f"{to / name}: edited, left as it is; --force writes over it", err=True)
    typer.echo(f"{len(shipped_files()) - len(kept)} files in {to}")


@policy.command()
def classes(
    catalogue: Tables = None,
    of: Annotated[str | None, typer.Option(help="One catalogue, such as gbt47678-2026.")] = None,
) -> None:
    """List the classes that scenario files may name: catalogue, kind, code, names, what is doubtful.

    Example: edile hub policy classes --of edile-local
    """
    with one_line_each():
        known = _catalogue(catalogue)
        if of is not None and of not in known.names():
            raise HubStop(f"--of {of}: expected one of {', '.join(known.names())}")
    for row in sorted(known.classes.values(), key=lambda row: row.ref):
        if of in {None, row.catalogue}:
            note = f"  ({row.note})" if row.note else ""
            typer.echo(f"{row.catalogue}  {row.kind}  {row.code}  {row.zh}  {row.en}{note}")


@policy.command("import-classes")
def import_classes(
    file: Annotated[Path, typer.Argument(help="CSV with kind, code and name; UTF-8 or GB 18030.")],
    of: Annotated[str, typer.Option(help="The catalogue that the table is of.")],
    out: Annotated[Path | None, typer.Option(help="Where to write CATALOGUE.csv.")] = None,
) -> None:
    """Take in a table of classes as an authority hands it out. Every row is taken or refused by line.

    Example: edile hub policy import-classes codes.csv --of gbt47678-2026 --out catalogues
    """
    from hub.policies.catalogue_files import as_csv, import_codes

    with one_line_each():
        found = import_codes(file.name, _content(file), of)
        if out is not None:
            _written(out, {f"{of}.csv": as_csv(found.taken)}, force=True)
    for fault in found.refused:
        typer.echo(str(fault), err=True)
    typer.echo(f"{found.rows} rows = {len(found.taken)} taken + {len(found.refused)} refused")
    if found.refused:
        raise typer.Exit(1)


def _policies(paths: list[Path], tables: Path | None) -> PolicySet:
    from hub.policies.policy_set import assemble

    files: dict[str, bytes] = {}
    for path in paths:
        inside = sorted((*path.glob("*.yaml"), *path.glob("*.yml"))) if path.is_dir() else [path]
        if not inside:
            raise HubStop(f"{path}: expected scenario files, NAME.yaml")
        for one in inside:
            if one.name in files:
                raise HubStop(
                    f"{one}: another {one.name} is given already; expected each name once"
                )
            files[one.name] = _content(one)
    return assemble(files, catalogue=_catalogue(tables))


def _set_of(text: str, tables: Path | None) -> PolicySet:
    from hub.policies.policy_set import load_shipped

    return load_shipped() if text == SHIPPED else _policies([Path(text)], tables)


def _named(name: str, source: Path | None, tables: Path | None) -> Policy:
    from hub.policies.nodes import unknown
    from hub.policies.reading import SUFFIXES, policy_name

    file = Path(name)
    if source is None and file.suffix in SUFFIXES:
        name, source = policy_name(file.name), file
    found = _set_of(SHIPPED if source is None else str(source), tables)
    one = found.named(name)
    if one is None:
        raise HubStop(f"policy {unknown(name, found.names())}")
    return one


def _catalogue(folder: Path | None) -> Catalogue:
    from hub.policies.catalogue_files import assemble_catalogue, shipped_catalogue

    own = {} if folder is None else {one.name: _content(one) for one in folder.glob("*.csv")}
    if folder is not None and not own:
        raise HubStop(
            f"--catalogue {folder}: expected a folder of tables such as gbt47678-2026.csv"
        )
    return assemble_catalogue(own, over=shipped_catalogue())


def _calendar(folder: Path | None, unit: str | None) -> Calendar | None:
    from hub.deadlines.folder import load

    if folder is None:
        return None
    if not folder.is_dir():
        raise HubStop(f"--calendars {folder}: expected a folder that exists")
    loaded = load(folder)
    if unit is None and len(loaded.all) == 1:
        return loaded.all[0]
    found = loaded.of([unit] if unit else [])
    if found is None:
        units = ", ".join(loaded.by_unit) or "none yet"
        raise HubStop(f"--unit {unit}: expected a unit with a calendar: {units}")
    return found


def _written(folder: Path, files: dict[str, bytes], *, force: bool) -> list[str]:
    """Names of files that were there with other content, and stay."""
    kept: list[str] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            path = folder / name
            if path.exists() and path.read_bytes() != content and not force:
                kept.append(name)
            else:
                path.write_bytes(content)
    except OSError as error:
        raise HubStop(f"{error.filename}: {error.strerror}") from error
    return kept


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise HubStop(f"{file}: {error.strerror}") from error
