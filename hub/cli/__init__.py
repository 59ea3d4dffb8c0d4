"""`edile hub`: serve, migrate, keys, tokens, backup, restore, desired state, audit, calendars."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli import cameras as camera_commands
from hub.cli import duties as duty_commands
from hub.cli import kpis as kpi_commands
from hub.cli import looks as look_commands
from hub.cli import originals as original_commands
from hub.cli import rules
from hub.cli.asking import (
    DatabaseUrl,
    DataDir,
    District,
    HubId,
    folder_of,
    one_line,
    opened_hub,
    perform,
)
from hub.deadlines.cli import calendar
from hub.duties.cli import duties
from hub.errors import HubStop
from hub.notifying.cli import notices
from hub.owners.cli import owners
from hub.policies.cli import policy

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from fastapi import FastAPI

app = typer.Typer(
    help="The hub: records events, issues one work order per problem.",
    no_args_is_help=True,
    epilog="Example: edile hub migrate --database sqlite:///hub.db && "
    "edile hub serve --database sqlite:///hub.db --port 8080",
)
key = typer.Typer(help="Keys of gateways' boxes, and the hub's own.", no_args_is_help=True)
token = typer.Typer(help="Tokens for people and programs that use REST.", no_args_is_help=True)
desired = typer.Typer(help="What a gateway should be: signed, rising.", no_args_is_help=True)
audit_log = typer.Typer(help="The audit log.", no_args_is_help=True)
GROUPS = {
    "key": key,
    "token": token,
    "desired": desired,
    "audit": audit_log,
    "calendar": calendar,
    "policy": policy,
    "owners": owners,
    "rules": rules.rules,
    "notices": notices,
    "duties": duties,
    "performance": duty_commands.performance,
    "originals": original_commands.originals,
    "cameras": camera_commands.cameras,
}
for name, group in GROUPS.items():
    app.add_typer(group, name=name)
policy.command("try")(rules.try_draft)
duty_commands.add_to(duties)
app.command("kpis")(kpi_commands.kpis)
app.command("looks")(look_commands.looks)


@app.callback()
def main(ctx: typer.Context) -> None:
    """The hub: records events, issues one work order per problem."""
    ctx.obj = perform


BrokerText = Annotated[
    str,
    typer.Option(
        "--broker",
        envvar="EDILE_HUB_BROKER",
        help="mqtts://[USER:PASSWORD@]HOST[:PORT], mqtt:// on this machine; ?version=5 for MQTT 5.",
    ),
]
Group = Annotated[str, typer.Option(help="Workers of one group share the frames.")]
BrokerCa = Annotated[
    Path | None, typer.Option("--broker-ca", help="The broker's authority, PEM; default: system's.")
]


@app.command()
def serve(
    database: DatabaseUrl,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 8080,
    host: Annotated[str, typer.Option(help="Anything but loopback needs a certificate.")] = (
        "127.0.0.1"
    ),
    data_dir: DataDir = None,
    hub_id: HubId = None,
    district: District = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key, PEM.")] = None,
    backup_every: Annotated[str | None, typer.Option(help="For example 15m.")] = None,
    backup_to: Annotated[Path | None, typer.Option(help="A folder, best on another disk.")] = None,
    backups_kept: Annotated[int, typer.Option(min=1)] = 4,
    silent_after: Annotated[
        str, typer.Option(help="A gateway not heard for so long is a work order.")
    ] = "60m",
    broker: BrokerText = "",
    group: Group = "edile-hub",
    broker_ca: BrokerCa = None,
) -> None:
    """Serve gateways and people until SIGTERM. With --broker also take gateways' frames from MQTT.

    Example: edile hub serve --database sqlite:///hub.db --port 8080 --backup-every 15m --backup-to /mnt/b
    """
    from dataclasses import replace

    from hub import serving

    with one_line():
        every = serving.seconds_of(backup_every)
        if (every is None) != (backup_to is None):
            raise HubStop("--backup-every and --backup-to go together")
        tls = serving.tls_of(host, tls_cert, tls_key)
        with opened_hub(database, data_dir, hub_id, district) as (_, config):
            pass  # settled and migrated; the app opens it for itself
        config = replace(
            config,
            backup_every_s=every,
            backup_to=backup_to,
            backups_kept=backups_kept,
            silent_after_s=serving.seconds_of(silent_after, "--silent-after") or 0.0,
        )
        beside = None
        if broker:
            from hub import consuming

            source = consuming.broker_of(broker, broker_ca, group, consuming.AT_ONCE)

            def beside(app: FastAPI) -> Coroutine[None, None, None]:
                return consuming.consumer_of(app, source).run()

        serving.serve(config, host=host, port=port, tls=tls, beside=beside)


@app.command()
def consume(
    broker: BrokerText,
    database: DatabaseUrl,
    data_dir: DataDir = None,
    hub_id: HubId = None,
    district: District = None,
    group: Group = "edile-hub",
    broker_ca: BrokerCa = None,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Frames worked on at once.")] = 8,
) -> None:
    """Take gateways' frames from an MQTT broker until SIGTERM, beside or instead of HTTP.

    On PostgreSQL any number of these may run beside `edile hub serve`, with the same --data-dir. An
    SQLite hub is one process: there, `edile hub serve --broker URL` does both, and this is refused
    while it runs.

    Example: edile hub consume --broker mqtts://broker.example --database postgresql://hub@db/hub --data-dir hub
    """
    import logging

    from hub import consuming
    from hub.app import create_app
    from hub.identity import load_command_key

    with one_line():
        source = consuming.broker_of(broker, broker_ca, group, at_once)
        with opened_hub(database, data_dir, hub_id, district) as (_, config):
            load_command_key(config.data_dir)  # new keys here would be none that a gateway knows
        logging.basicConfig(
            level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
        )
        consuming.consume(create_app(config), source)


@app.command()
def migrate(
    database: DatabaseUrl,
    data_dir: DataDir = None,
    hub_id: HubId = None,
    district: District = None,
) -> None:
    """Bring the database to this version's schema, and make the hub's keys. Repeatable.

    Example: edile hub migrate --database sqlite:///hub.db --district baiyun --hub-id baiyun-hub
    """
    from hub import desk
    from hub.identity import load_or_make_keys
    from hub.store import schema
    from hub.store.engine import Database

    with one_line():
        opened = Database.open(database)
        try:
            at = schema.migrate(opened)
            settled, name = desk.names_of(opened, district=district, hub_id=hub_id)
        finally:
            opened.close()
        folder = folder_of(database, data_dir)
        load_or_make_keys(folder)
        typer.echo(f"schema {at}, hub {name} of district {settled}, keys in {folder / 'keys'}")


@key.command("add")
def key_add(
    database: DatabaseUrl,
    kid: Annotated[str, typer.Option(help="SLOT#NUMBER, for example cs-017#1.")],
    public: Annotated[str, typer.Option(help="File with the public key in PEM, or - for stdin.")],
    unit: Annotated[str | None, typer.Option(help="Who answers for this slot's problems.")] = None,
    data_dir: DataDir = None,
    hub_id: HubId = None,
    district: District = None,
) -> None:
    """Let a box speak for a slot. Its key comes from `edile agent keygen`.

    Example: edile hub key add --database sqlite:///hub.db --kid cs-017#1 --public box.pub --unit north
    """
    with one_line():
        try:
            pem = sys.stdin.read() if public == "-" else Path(public).read_text(encoding="ascii")
        except OSError as error:
            raise HubStop(f"--public {public}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise HubStop(f"--public {public}: not a key in PEM, which is plain text") from error
    names = {"hub_id": hub_id, "district": district}
    perform("key-add", database, data_dir, **names, kid=kid, public=pem, unit=unit)


@key.command("revoke")
def key_revoke(database: DatabaseUrl, kid: Annotated[str, typer.Option()]) -> None:
    """From the next message on, this box is refused. Also while the hub runs.

    Example: edile hub key revoke --database sqlite:///hub.db --kid cs-017#1
    """
    perform("key-revoke", database, kid=kid)


@key.command("list")
def key_list(database: DatabaseUrl) -> None:
    """Boxes' keys with their state."""
    perform("key-list", database)


@key.command("show")
def key_show(
    database: DatabaseUrl,
    data_dir: DataDir = None,
    hub_id: HubId = None,
    district: District = None,
) -> None:
    """The hub's public command key in PEM: `command_key` of a gateway's gw.toml names this file."""
    from hub.identity import load_command_key

    del hub_id, district
    with one_line():
        typer.echo(load_command_key(folder_of(database, data_dir)).to_pem(), nl=False)


@token.command("add")
def token_add(
    database: DatabaseUrl,
    name: Annotated[str, typer.Option(help="Who or what uses it; stands in the audit log.")],
    role: Annotated[str, typer.Option(help="viewer, operator, dispatcher or admin.")],
    unit: Annotated[
        str | None,
        typer.Option(help="Whom its holder works for: a late order takes another unit's consent."),
    ] = None,
    data_dir: DataDir = None,
    hub_id: HubId = None,
    district: District = None,
) -> None:
    """Make a token. It is shown this once and kept only as a hash.

    Example: edile hub token add --database sqlite:///hub.db --name anna --role dispatcher
    """
    names = {"hub_id": hub_id, "district": district}
    perform("token-add", database, data_dir, **names, name=name, role=role, unit=unit)


@token.command("revoke")
def token_revoke(database: DatabaseUrl, name: Annotated[str, typer.Option()]) -> None:
    """At once and for good."""
    perform("token-revoke", database, name=name)


@token.command("list")
def token_list(database: DatabaseUrl) -> None:
    """Names, roles and when they were last used; never the tokens."""
    perform("token-list", database)


@app.command()
def backup(
    database: DatabaseUrl,
    to: Annotated[Path, typer.Option(help="A folder; each backup is a folder in it.")],
    data_dir: DataDir = None,
) -> None:
    """Back up, read it back, and only then tell gateways that they may forget. Also while the hub runs.

    Example: edile hub backup --database sqlite:///hub.db --to /mnt/backups
    """
    perform("backup", database, data_dir, to=str(to.resolve()))


@app.command()
def restore(
    database: DatabaseUrl,
    source: Annotated[Path, typer.Option("--from", help="A backup, or a folder of them.")],
    data_dir: DataDir = None,
) -> None:
    """Restore into an empty place. Gateways send again what the backup does not hold.

    Example: edile hub restore --database sqlite:///new/hub.db --from /mnt/backups
    """
    import secrets

    from hub import backup as backups

    with one_line():
        generation = f"g{secrets.token_hex(6)}"
        folder = folder_of(database, data_dir)
        manifest = backups.restore(source, database, folder, generation)
        typer.echo(f"restored the backup of {manifest.made_at}; generation {generation}")


@desired.command("set")
def desired_set(
    database: DatabaseUrl,
    slot: Annotated[str, typer.Option()],
    file: Annotated[Path, typer.Argument(help="JSON: roles, site, areas, rosters, thresholds ...")],
    data_dir: DataDir = None,
) -> None:
    """Publish a slot's desired state under the next serial.

    Example: edile hub desired set --database sqlite:///hub.db --slot cs-017 roles.json
    """
    with one_line():
        try:
            content = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise HubStop(f"{file}: {error}") from error
    perform("desired-set", database, data_dir, slot=slot, content=content)


@audit_log.command("verify")
def audit_verify(database: DatabaseUrl) -> None:
    """Walk the hash chain of the audit log. Exit status 1 when a row was changed or is missing."""
    perform("audit-verify", database)
