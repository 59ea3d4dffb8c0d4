"""`edile hub duties` and `edile hub performance` at the desk: what needs the hub's database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.asking import DatabaseUrl, DataDir, one_line, perform
from hub.errors import HubStop

performance = typer.Typer(
    help="What contractors fell short of, and the deduction that a person decides.",
    no_args_is_help=True,
)
By = Annotated[str, typer.Option("--by", help="Who says so; kept with it.")]
Kind = Annotated[str, typer.Argument(help="A kind of the duties document in force.")]
Thing = Annotated[str, typer.Argument(help="The component's, asset's or address's id.")]
File = Annotated[Path, typer.Argument(help="The file.")]


def add_to(duties: typer.Typer) -> None:
    """The desk's commands beside those that need no hub."""
    duties.command("publish")(publish)
    duties.command("import")(import_csv)
    duties.command("list")(list_duties)
    duties.command("visit")(visit)
    duties.command("strike")(strike)
    duties.command("retire")(retire)
    duties.command("sweep")(sweep)


def publish(file: File, database: DatabaseUrl, by: By, data_dir: DataDir = None) -> None:
    """Put a duties document in force; the next sweep computes every duty anew.

    Example: edile hub duties publish duties.yaml --by "Li Na" --database sqlite:///hub.db
    """
    values = {"kind": "duties", "content": _text(file), "by": by}
    perform("duties-put", database, data_dir, **values)


def import_csv(
    file: File,
    database: DatabaseUrl,
    by: By,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be taken.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Take in a register of duties; rows in = taken + refused, each refusal with its line.

    Example: edile hub duties import homes.csv --dry-run --by "Li Na" --database sqlite:///hub.db
    """
    values: dict[str, Any] = {"content": _text(file), "by": by, "dry_run": dry_run}
    perform("duties-import", database, data_dir, **values)


def list_duties(
    database: DatabaseUrl,
    kind: Annotated[str | None, typer.Argument(help="A kind; without one, counts of each.")] = None,
    never: Annotated[bool, typer.Option("--never", help="Never done, instead of late.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    data_dir: DataDir = None,
) -> None:
    """What is late, or was never done.

    Example: edile hub duties list gas-inspection --never --database sqlite:///hub.db
    """
    which = "never" if never else "late"
    values: dict[str, Any] = {"which": which, "limit": limit}
    values |= {} if kind is None else {"kind": kind}
    perform("duties-list", database, data_dir, **values)


def visit(
    kind: Kind,
    thing: Thing,
    outcome: Annotated[str, typer.Argument(help="An outcome of the kind, e.g. done.")],
    database: DatabaseUrl,
    by: By,
    at: Annotated[str | None, typer.Option(help="When, RFC 3339; default: now.")] = None,
    name: Annotated[str | None, typer.Option("--id", help="The visit's own id, told once.")] = None,
    note: Annotated[str | None, typer.Option(help="In words.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Record a visit; late records give what they would have given in time.

    Example: edile hub duties visit gas-inspection home-17 done --by "Chen" --database sqlite:///hub.db
    """
    given = {"made_at": at, "id": name, "note": note}
    kept = {key: value for key, value in given.items() if value is not None}
    values = {"kind": kind, "object": thing, "outcome": outcome, "by": by, **kept}
    perform("duties-visit", database, data_dir, **values)


def strike(
    kind: Kind,
    thing: Thing,
    name: Annotated[str, typer.Argument(help="The visit's id.")],
    why: Annotated[str, typer.Option(help="Why it does not count.")],
    database: DatabaseUrl,
    by: By,
    data_dir: DataDir = None,
) -> None:
    """Strike a visit out: it is kept and does not count.

    Example: edile hub duties strike gas-inspection home-17 v-3 --why "wrong house" --by Li
    """
    values = {"kind": kind, "object": thing, "visit": name, "why": why, "by": by}
    perform("duties-strike", database, data_dir, **values)


def retire(
    kind: Kind,
    thing: Thing,
    why: Annotated[str, typer.Option(help="Why it is no duty any more.")],
    database: DatabaseUrl,
    by: By,
    data_dir: DataDir = None,
) -> None:
    """Give a duty up: the home is gone, the asset scrapped.

    Example: edile hub duties retire gas-inspection home-17 --why "pulled down" --by Li
    """
    values = {"kind": kind, "object": thing, "why": why, "by": by}
    perform("duties-retire", database, data_dir, **values)


def sweep(database: DatabaseUrl, data_dir: DataDir = None) -> None:
    """What the hub does every minute: late duties become orders, each once.

    Example: edile hub duties sweep --database sqlite:///hub.db
    """
    perform("duties-sweep", database, data_dir)


@performance.command("publish")
def publish_contracts(file: File, database: DatabaseUrl, by: By, data_dir: DataDir = None) -> None:
    """Put the contracts' terms in force.

    Example: edile hub performance publish contracts.yaml --by "Li Na" --database sqlite:///hub.db
    """
    values = {"kind": "contracts", "content": _text(file), "by": by}
    perform("duties-put", database, data_dir, **values)


@performance.command("propose")
def propose(
    period: Annotated[str, typer.Argument(help="2026-11, or as the terms say.")],
    database: DatabaseUrl,
    measure: Annotated[str | None, typer.Option(help="Only this measure.")] = None,
    contractor: Annotated[str | None, typer.Option(help="Only this contractor.")] = None,
    lot: Annotated[str | None, typer.Option(help="Only this lot.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Work out shortfalls; each opens one order with its rows and a proposed deduction.

    Example: edile hub performance propose 2026-11 --database sqlite:///hub.db
    """
    narrowed = {"measure": measure, "contractor": contractor, "lot": lot}
    values = {"period": period, **{key: one for key, one in narrowed.items() if one is not None}}
    perform("performance-propose", database, data_dir, **values)


@performance.command("list")
def list_cases(
    database: DatabaseUrl,
    undecided: Annotated[bool, typer.Option("--undecided", help="Only those.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Cases with what is proposed and what was decided.

    Example: edile hub performance list --undecided --database sqlite:///hub.db
    """
    perform("performance-list", database, data_dir, undecided=undecided)


@performance.command("decide")
def decide(
    case: Annotated[str, typer.Argument(help="The case's id.")],
    revision: Annotated[int, typer.Argument(help="As `list` shows it: r2 is 2.")],
    decision: Annotated[str, typer.Argument(help="accepted, changed or waived.")],
    fen: Annotated[int, typer.Argument(help="The deduction in fen (分).")],
    reason: Annotated[str, typer.Option(help="Why.")],
    database: DatabaseUrl,
    by: By,
    data_dir: DataDir = None,
) -> None:
    """A person decides; nothing is deducted by itself.

    Example: edile hub performance decide p-1 1 changed 120000 --reason "storm days" --by "Zhou"
    """
    values: dict[str, Any] = {"id": case, "revision": revision, "decision": decision}
    values |= {"fen": fen, "reason": reason, "by": by}
    perform("performance-decide", database, data_dir, **values)


def _text(file: Path) -> str:
    with one_line():
        try:
            return file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeError) as error:
            raise HubStop(f"{file}: {error}") from error
