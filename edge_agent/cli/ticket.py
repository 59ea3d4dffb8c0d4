"""`edile ticket`: judge a ticket's raw bytes again, or say a later word on it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from contract.payloads.weigh import WeighTicket
from edge_agent import tickets
from edge_agent.app.revising import Wish, revise_offline
from edge_agent.cli.agent import load
from edge_agent.cli.folder import Config, agent_at, ask_agent, data_dir_of, decoded
from edge_agent.errors import StopError
from edge_agent.store import inspection

ticket = typer.Typer(
    help="Verify, void or correct a weighing ticket.", no_args_is_help=True, rich_markup_mode=None
)
Name = Annotated[str, typer.Argument(metavar="TICKET", help="Its number, or its event's id.")]
Reason = Annotated[str, typer.Option(help="Why; stays with the ticket for ever.")]
Actor = Annotated[str, typer.Option(help="Who answers for it.")]


@ticket.command()
def verify(
    name: Name,
    config: Config,
    alibi: Annotated[
        Path | None,
        typer.Option(help="The alibi record, where it is no longer in the data folder."),
    ] = None,
) -> None:
    """Replay the raw bytes of a weighing and compare with the ticket. Exit 1 when they differ.

    Example: edile ticket verify wb-1-7K2M4Q-000012 --config gw.toml
    """
    data_dir = data_dir_of(config)
    found, _ = _find(data_dir, name)
    verdict = tickets.verify(found, _record(data_dir, found, alibi))
    for finding in verdict.findings:
        typer.echo(f"{found.ticket_no}: {finding}")
    if not verdict.ok:
        raise typer.Exit(1)
    typer.echo(f"{found.ticket_no}: ok, the raw bytes give {verdict.replayed_kg} kg")
    if found.paired_with is not None:
        typer.echo(f"the other weight has a record of its own: {found.paired_with.ticket_no}")


@ticket.command()
def void(name: Name, config: Config, reason: Reason, actor: Actor) -> None:
    """Void a ticket: it stays as it was, a second event says that it does not count.

    Example: edile ticket void wb-1-7K2M4Q-000012 --reason "weighed twice" --actor "Li Na" -c gw.toml
    """
    found, seen = _find(data_dir_of(config), name, latest=True)
    _record_wish(config, Wish(ticket=found, seen=seen, kind="void", reason=reason, actor=actor))


@ticket.command()
def correct(
    name: Name,
    config: Config,
    *,
    reason: Reason,
    actor: Actor,
    plate: Annotated[str | None, typer.Option(help="The vehicle that it was.")] = None,
    carrier: Annotated[str | None, typer.Option(help="The carrier that it was.")] = None,
    tare_kg: Annotated[str | None, typer.Option(help="The tare, in kg, from papers.")] = None,
) -> None:
    """Correct who drove or what the tare was; what the scale showed cannot be corrected.

    Example: edile ticket correct T --plate 粤A12345 --reason "misread" --actor "Li Na" -c gw.toml
    """
    found, seen = _find(data_dir_of(config), name, latest=True)
    wish = Wish(
        ticket=found,
        seen=seen,
        kind="correction",
        reason=reason,
        actor=actor,
        plate=plate,
        carrier=carrier,
        tare_kg=_kilograms(tare_kg),
    )
    _record_wish(config, wish)


def _record_wish(config: Path, wish: Wish) -> None:
    running = agent_at(data_dir_of(config))
    if running is None:
        number = revise_offline(load(config), wish)
    else:
        body = msgspec.json.encode(wish)
        told = ask_agent(running, "POST", "/tickets/revise", body, secret=running.secret)
        number = told["ticket_no"]
    typer.echo(f"{number}: recorded, goes to the hub with the next sync")


def _find(data_dir: Path, name: str, *, latest: bool = False) -> tuple[WeighTicket, int]:
    """The ticket, and how many revisions it has; with `latest` the newest of them instead."""
    with inspection.copy_of(data_dir) as copy:
        known = list(_tickets(decoded(inspection.events(copy))))
    wanted = name.rpartition("#")[2]
    found = next((one for eid, one in known if wanted in (eid, one.ticket_no)), None)
    if found is None:
        raise StopError(
            f"{name}: no such ticket in {data_dir}; the hub keeps those that were pruned here"
        )
    first = found.revision.of_ticket if found.revision else found.ticket_no
    revisions = [one for _, one in known if one.revision and one.revision.of_ticket == first]
    return (revisions[-1] if latest and revisions else found), len(revisions)


def _tickets(events: Iterator[dict[str, Any]]) -> Iterator[tuple[str, WeighTicket]]:
    for event in events:
        if event.get("type") == WeighTicket.wire_type:
            yield event["id"], msgspec.convert(event["data"], WeighTicket)


def _record(data_dir: Path, found: WeighTicket, alibi: Path | None) -> bytes:
    sha256 = found.raw_sha256
    file = alibi or data_dir / "evidence" / sha256[:2] / sha256
    try:
        return file.read_bytes()
    except OSError as error:
        hint = "" if alibi else f"; fetch {sha256} from the hub and name it with --alibi"
        raise StopError(
            f"{file}: the alibi record cannot be read: {error.strerror}{hint}"
        ) from error


def _kilograms(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation as error:
        raise StopError(f"--tare-kg: a number of kilograms was expected, not {text!r}") from error
