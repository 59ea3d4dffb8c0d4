"""`edile hub`: serve, migrate, keys, tokens, backup, restore, desired state, audit."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.errors import HubError, HubStop

if TYPE_CHECKING:
    from hub.config import HubConfig
    from hub.store.engine import Database

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
app.add_typer(key, name="key")
app.add_typer(token, name="token")
app.add_typer(desired, name="desired")
app.add_typer(audit_log, name="audit")

DatabaseUrl = Annotated[
    str,
    typer.Option(
        "--database", envvar="EDILE_HUB_DATABASE", help="sqlite:///FILE or postgresql://..."
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Keys and evidence; default: beside the SQLite file, else ./hub-data."),
]
HubId = Annotated[str, typer.Option(help="The name that gateways' tokens are addressed to.")]
District = Annotated[str, typer.Option(help="The district this hub works for.")]
_DURATION = re.compile(r"(\d+)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@contextmanager
def _one_line() -> Iterator[None]:
    """What a person can mend is one line and exit status 2."""
    try:
        yield
    except HubError as error:
        typer.echo(f"edile hub: {error}", err=True)
        raise typer.Exit(2) from error


def _config(
    database: str, data_dir: Path | None, hub_id: str = "edile-hub", district: str = "district"
) -> HubConfig:
    from hub.config import HubConfig

    if data_dir is None:
        file = database.removeprefix("sqlite:///")
        data_dir = Path(file).resolve().parent if file != database else Path("hub-data")
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HubStop(f"--data-dir {data_dir}: {error.strerror}") from error
    return HubConfig(database=database, data_dir=data_dir, hub_id=hub_id, district=district)


@contextmanager
def _opened(database: str) -> Iterator[Database]:
    from hub.store import schema
    from hub.store.engine import Database

    with _one_line():
        opened = Database.open(database)
        try:
            wrong = schema.fault(opened)
            if wrong is not None:
                raise HubStop(wrong)
            yield opened
        finally:
            opened.close()


def _now() -> str:
    import time

    from contract.timestamps import rfc3339

    return rfc3339(time.time_ns())


def seconds_of(text: str | None) -> float | None:
    """`15m` -> 900. HubStop for anything but a number and s, m, h or d."""
    if text is None:
        return None
    found = _DURATION.fullmatch(text)
    if not found or int(found[1]) == 0:
        raise HubStop(f"--backup-every {text!r}: expected a number and s, m, h or d, like 15m")
    return float(int(found[1]) * _SECONDS[found[2]])


@app.command()
def serve(
    database: DatabaseUrl,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 8080,
    host: Annotated[str, typer.Option(help="Anything but loopback needs a certificate.")] = (
        "127.0.0.1"
    ),
    data_dir: DataDir = None,
    hub_id: HubId = "edile-hub",
    district: District = "district",
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key, PEM.")] = None,
    backup_every: Annotated[str | None, typer.Option(help="For example 15m.")] = None,
    backup_to: Annotated[Path | None, typer.Option(help="A folder, best on another disk.")] = None,
    backups_kept: Annotated[int, typer.Option(min=1)] = 4,
) -> None:
    """Serve gateways and people until SIGTERM.

    Example: edile hub serve --database sqlite:///hub.db --port 8080 --backup-every 15m --backup-to /mnt/b
    """
    from dataclasses import replace

    from hub import serving

    with _one_line():
        every = seconds_of(backup_every)
        if (every is None) != (backup_to is None):
            raise HubStop("--backup-every and --backup-to go together")
        config = replace(
            _config(database, data_dir, hub_id, district),
            backup_every_s=every,
            backup_to=backup_to,
            backups_kept=backups_kept,
        )
        serving.serve(config, host=host, port=port, tls=serving.tls_of(host, tls_cert, tls_key))


@app.command()
def migrate(
    database: DatabaseUrl,
    data_dir: DataDir = None,
    hub_id: HubId = "edile-hub",
    district: District = "district",
) -> None:
    """Bring the database to this version's schema, and make the hub's keys. Repeatable."""
    from hub.identity import load_or_make_keys
    from hub.store import schema
    from hub.store.engine import Database

    with _one_line():
        config = _config(database, data_dir, hub_id, district)
        opened = Database.open(database)
        try:
            at = schema.migrate(opened)
        finally:
            opened.close()
        load_or_make_keys(config.data_dir)
        typer.echo(f"schema {at}, keys in {config.data_dir / 'keys'}")


@key.command("add")
def key_add(
    database: DatabaseUrl,
    kid: Annotated[str, typer.Option(help="SLOT#NUMBER, for example cs-017#1.")],
    public: Annotated[str, typer.Option(help="File with the public key in PEM, or - for stdin.")],
    unit: Annotated[str | None, typer.Option(help="Who answers for this slot's problems.")] = None,
    data_dir: DataDir = None,
    hub_id: HubId = "edile-hub",
    district: District = "district",
) -> None:
    """Let a box speak for a slot. Its key comes from `edile agent keygen`.

    Example: edile hub key add --database sqlite:///hub.db --kid cs-017#1 --public box.pub --unit north
    """
    from hub.store import gateways

    del data_dir, hub_id
    with _opened(database) as opened:
        try:
            pem = sys.stdin.read() if public == "-" else Path(public).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise HubStop(f"--public {public}: {error}") from error
        with opened.write() as conn:
            gateways.add_key(conn, kid=kid, public_pem=pem, district=district, unit=unit, at=_now())
        typer.echo(f"{kid} is active{f', unit {unit}' if unit else ', no unit yet'}")


@key.command("revoke")
def key_revoke(database: DatabaseUrl, kid: Annotated[str, typer.Option()]) -> None:
    """From the next message on, this box is refused."""
    from hub.store import gateways

    with _opened(database) as opened, opened.write() as conn:
        gateways.set_key_state(conn, kid, "revoked")
        typer.echo(f"{kid} is revoked")


@key.command("list")
def key_list(database: DatabaseUrl) -> None:
    """Boxes' keys with their state."""
    from hub.store import gateways

    with _opened(database) as opened, opened.read() as conn:
        for kid, state, added_at in gateways.keys(conn):
            typer.echo(f"{kid:<24} {state:<8} {added_at}")


@key.command("show")
def key_show(
    database: DatabaseUrl,
    data_dir: DataDir = None,
    hub_id: HubId = "edile-hub",
    district: District = "district",
) -> None:
    """The hub's public command key in PEM: `command_key` of a gateway's gw.toml names this file."""
    from hub.identity import load_or_make_keys

    with _one_line():
        config = _config(database, data_dir, hub_id, district)
        typer.echo(load_or_make_keys(config.data_dir).command.public.to_pem(), nl=False)


@token.command("add")
def token_add(
    database: DatabaseUrl,
    name: Annotated[str, typer.Option(help="Who or what uses it; stands in the audit log.")],
    role: Annotated[str, typer.Option(help="viewer, operator, dispatcher or admin.")],
    data_dir: DataDir = None,
    hub_id: HubId = "edile-hub",
    district: District = "district",
) -> None:
    """Make a token. It is shown this once and kept only as a hash.

    Example: edile hub token add --database sqlite:///hub.db --name anna --role dispatcher
    """
    import secrets

    from hub.store import tokens

    del data_dir, hub_id
    with _opened(database) as opened, opened.write() as conn:
        try:
            made = tokens.add_token(
                conn, district=district, name=name, role=role, at=_now(),
                entropy=secrets.token_bytes,
            )  # fmt: skip
        except tokens.TokenRefused as error:
            raise HubStop(str(error)) from error
    typer.echo(made)


@token.command("revoke")
def token_revoke(
    database: DatabaseUrl, name: Annotated[str, typer.Option()], district: District = "district"
) -> None:
    """At once and for good."""
    from hub.store import tokens

    with _opened(database) as opened, opened.write() as conn:
        try:
            tokens.revoke_token(conn, district=district, name=name, at=_now())
        except tokens.TokenRefused as error:
            raise HubStop(str(error)) from error
        typer.echo(f"{name} is revoked")


@token.command("list")
def token_list(database: DatabaseUrl, district: District = "district") -> None:
    """Names, roles and when they were last used; never the tokens."""
    from hub.store import tokens

    with _opened(database) as opened, opened.read() as conn:
        for row in tokens.list_tokens(conn, district=district):
            state = f"revoked {row.revoked_at}" if row.revoked_at else "live"
            typer.echo(f"{row.name:<24} {row.role:<11} {state:<32} used {row.last_used_at or '-'}")


@app.command()
def backup(
    database: DatabaseUrl,
    to: Annotated[Path, typer.Option(help="A folder; each backup is a folder in it.")],
    data_dir: DataDir = None,
) -> None:
    """Back up, read it back, and only then tell gateways that they may forget. (A hub that serves an
    SQLite file backs itself up with --backup-every; this is for when it is stopped.)"""
    from hub import backup as backups

    with _opened(database) as opened:
        typer.echo(f"verified: {backups.back_up(opened, _config(database, data_dir), to)}")


@app.command()
def restore(
    database: DatabaseUrl,
    source: Annotated[Path, typer.Option("--from", help="A backup, or a folder of them.")],
    data_dir: DataDir = None,
) -> None:
    """Restore into an empty place. Gateways send again what the backup does not hold."""
    import secrets

    from hub import backup as backups

    with _one_line():
        config = _config(database, data_dir)
        generation = f"g{secrets.token_hex(6)}"
        manifest = backups.restore(source, database, config.data_dir, generation)
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
    from hub import publishing

    config = _config(database, data_dir)
    with _opened(database) as opened:
        serial = publishing.publish(opened, config.data_dir, slot, file, _now())
        typer.echo(f"{slot}: serial {serial}")


@audit_log.command("verify")
def audit_verify(database: DatabaseUrl) -> None:
    """Walk the hash chain of the audit log. Exit status 1 when a row was changed or is missing."""
    from hub.store import audit

    with _opened(database) as opened, opened.read() as conn:
        broken = audit.verify(conn)
    for one in broken:
        typer.echo(f"{one.district} row {one.seq}: {one.what}", err=True)
    if broken:
        raise typer.Exit(1)
    typer.echo("the audit log is whole")
