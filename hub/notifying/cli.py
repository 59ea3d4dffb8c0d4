"""`edile hub notices`: who is told what happens, and whether it arrived. Whoever mounts this group gives,
as the context's object, the way to the desk: `(operation, database URL, data_dir, **values)`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

notices = typer.Typer(
    help="Webhooks and e-mails: who is told what happens, and whether it arrived.",
    no_args_is_help=True,
)


class Perform(Protocol):
    """Has the desk do it, and prints its answer."""

    def __call__(
        self, operation: str, database: str, data_dir: Path | None = None, **values: Any
    ) -> None: ...


DatabaseUrl = Annotated[
    str,
    typer.Option(
        "--database", envvar="EDILE_HUB_DATABASE", help="sqlite:///FILE or postgresql://..."
    ),
]
DataDir = Annotated[
    Path | None, typer.Option(help="Where notices.toml is; beside the SQLite file.")
]
Name = Annotated[str, typer.Argument(help="The recipient's name.")]
Types = Annotated[
    list[str] | None, typer.Option("--type", help="order.opened, or order.* ; again for more.")
]
Units = Annotated[
    list[str] | None, typer.Option("--unit", help="Only this unit's; again for more.")
]
Classes = Annotated[list[str] | None, typer.Option("--class", help="A class code; again for more.")]
Priorities = Annotated[
    list[str] | None, typer.Option("--priority", help="low, normal, high, urgent; again for more.")
]


@notices.command("add-webhook")
def add_webhook(
    ctx: typer.Context,
    database: DatabaseUrl,
    name: Name,
    url: Annotated[str, typer.Argument(help="https://HOST/...")],
    secret: Annotated[
        str | None, typer.Option(help="whsec_...; without, one is made and shown this once.")
    ] = None,
    types: Types = None,
    units: Units = None,
    classes: Classes = None,
    priorities: Priorities = None,
    data_dir: DataDir = None,
) -> None:
    """Tell a program of what happens from now on. Prints the secret that its signatures are made with.

    Example: edile hub notices add-webhook city https://city.example/in --type "order.*" --database sqlite:///hub.db
    """
    values = {"name": name, "url": url, "secret": secret}
    wants = {"types": types, "units": units, "classes": classes, "priorities": priorities}
    _ask(ctx, "notices-add-webhook", database, data_dir, **values, **wants)


@notices.command("add-mail")
def add_mail(
    ctx: typer.Context,
    database: DatabaseUrl,
    name: Name,
    address: Annotated[str, typer.Argument(help="One mailbox.")],
    language: Annotated[str, typer.Option(help="zh, en or both.")] = "both",
    types: Types = None,
    units: Units = None,
    classes: Classes = None,
    priorities: Priorities = None,
    data_dir: DataDir = None,
) -> None:
    """Write to a person of what happens from now on. notices.toml must name a mail server.

    Example: edile hub notices add-mail li li@city.example --type order.escalated --database sqlite:///hub.db
    """
    if language not in ("zh", "en", "both"):
        raise typer.BadParameter(f"{language}: zh, en or both", param_hint="--language")
    values = {"name": name, "address": address, "language": language}
    wants = {"types": types, "units": units, "classes": classes, "priorities": priorities}
    _ask(ctx, "notices-add-mail", database, data_dir, **values, **wants)


@notices.command("list")
def listed(ctx: typer.Context, database: DatabaseUrl) -> None:
    """Everybody who is told, and how it goes."""
    _ask(ctx, "notices-list", database)


@notices.command()
def pause(
    ctx: typer.Context,
    database: DatabaseUrl,
    name: Name,
    why: Annotated[str, typer.Option(help="Stands in the list and the audit log.")],
) -> None:
    """Tell nothing until `resume`; what happens meanwhile waits, as long as events are kept."""
    _ask(ctx, "notices-pause", database, name=name, why=why)


@notices.command()
def resume(
    ctx: typer.Context,
    database: DatabaseUrl,
    name: Name,
    skip: Annotated[
        bool, typer.Option("--skip", help="Leave out what happened meanwhile.")
    ] = False,
) -> None:
    """Go on where it stopped."""
    _ask(ctx, "notices-resume", database, name=name, skip=skip)


@notices.command()
def remove(ctx: typer.Context, database: DatabaseUrl, name: Name) -> None:
    """For good, with its notices and their log."""
    _ask(ctx, "notices-remove", database, name=name)


@notices.command("rotate-secret")
def rotate(
    ctx: typer.Context,
    database: DatabaseUrl,
    name: Name,
    hours: Annotated[float, typer.Option(help="The old one signs, too, for so long.")] = 24.0,
) -> None:
    """Make a new secret for a webhook, and show it this once."""
    _ask(ctx, "notices-rotate", database, name=name, hours=hours)


@notices.command("test")
def send_test(
    ctx: typer.Context, database: DatabaseUrl, name: Name, data_dir: DataDir = None
) -> None:
    """Send one notice of type notice.test now. Exit status 1 when it does not arrive."""
    _ask(ctx, "notices-test", database, data_dir, name=name)


@notices.command()
def log(
    ctx: typer.Context,
    database: DatabaseUrl,
    name: Annotated[str | None, typer.Option(help="Only this recipient's.")] = None,
    state: Annotated[
        str | None, typer.Option(help="pending, failed, delivered or gave-up.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Newest notices.")] = 50,
) -> None:
    """Every try to deliver a notice, and what the other side said."""
    _ask(ctx, "notices-log", database, name=name, state=state, limit=limit)


@notices.command()
def replay(
    ctx: typer.Context,
    database: DatabaseUrl,
    name: Name,
    what: Annotated[str, typer.Option(help="gave-up, failed (with gave-up) or all.")] = "gave-up",
    since: Annotated[str | None, typer.Option(help="Made at this time or later, RFC 3339.")] = None,
    until: Annotated[str | None, typer.Option(help="Made before this time.")] = None,
    notice_id: Annotated[
        str | None, typer.Option("--id", help="One notice, whatever became of it.")
    ] = None,
    event: Annotated[
        int | None, typer.Option(min=1, help="Look at all events from this number on again.")
    ] = None,
) -> None:
    """Send notices again, under the ids that they had: a receiver that keeps ids knows them.

    Example: edile hub notices replay city --since 2026-09-21T08:00:00+08:00 --database sqlite:///hub.db
    """
    bounds = {"since": since, "until": until, "id": notice_id}
    _ask(ctx, "notices-replay", database, None, name=name, what=what, event=event, **bounds)


def _ask(
    ctx: typer.Context,
    operation: str,
    database: str,
    data_dir: Path | None = None,
    **values: Any,
) -> None:
    perform: Perform = ctx.obj
    perform(operation, database, data_dir, **values)
