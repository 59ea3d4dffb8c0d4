"""`edile contract` and `edile evidence`: the wire's schemas, and checking a case offline.

Imports what a command needs only when it runs.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from contract.bundle import Bundle
    from contract.keys import PublicKey

EXIT_NOT_PROVED = 1
EXIT_BAD_INPUT = 2

app = typer.Typer(
    help="The wire between gateways and hub. Example: edile contract schema --out schemas",
    no_args_is_help=True,
)
evidence = typer.Typer(
    help="Check a case offline. Example: edile evidence verify case-17.zip --key hub.pem",
    no_args_is_help=True,
)


@app.callback()
def _app() -> None:
    """Schemas of everything that crosses the wire."""


@evidence.callback()
def _evidence() -> None:
    """Evidence, without the hub."""


@app.command()
def schema(
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write to; without it, the one inside the package."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 when a file differs.")
    ] = False,
) -> None:
    """Export JSON Schema 2020-12 of every shape and AsyncAPI 3 of the MQTT binding.

    Example: edile contract schema --out schemas
    """
    from contract import schema as schemas

    folder = schemas.FOLDER if out is None else out
    try:
        if not check:
            written = schemas.write(folder)
            print(f"{folder}: {len(written)} of {len(schemas.documents())} files written")
            return
        differing = schemas.differences(folder)
    except OSError as error:
        _stop(f"{folder}: {error.strerror or error}")
    for name in differing:
        print(f"{folder / name}: not as the program exports it; run: edile contract schema")
    if differing:
        raise typer.Exit(EXIT_NOT_PROVED)
    print(f"{folder}: as the program exports it")


@evidence.command()
def verify(
    bundle: Annotated[Path, typer.Argument(help="The case bundle: a folder or a zip file.")],
    key: Annotated[
        Path | None,
        typer.Option(help="The hub's public key (PEM) from a source you trust."),
    ] = None,
) -> None:
    """Check a case bundle: events, receipts, photos. Exit 1 when anything is not proved.

    Without --key the key inside the bundle is used, and its fingerprint shown: compare it with the one
    the hub's operator tells you, or the check proves only that the bundle agrees with itself.

    Example: edile evidence verify case-17.zip --key hub.pem
    """
    from contract.bundle import BadBundle, open_bundle
    from contract.bundle_proof import prove

    try:
        with open_bundle(bundle) as opened:
            findings = prove(opened, _hub_key(opened, key))
    except BadBundle as error:
        _stop(f"{bundle}: {error}")
    except OSError as error:
        _stop(f"{bundle}: {error.strerror or error}")
    for finding in findings:
        print(f"{'proved    ' if finding.proved else 'NOT PROVED'}  {finding.text}")
    failed = sum(not finding.proved for finding in findings)
    if failed:
        print(f"{failed} of {len(findings)} findings are not proved: do not rely on this bundle")
        raise typer.Exit(EXIT_NOT_PROVED)
    print(f"all {len(findings)} findings are proved")


def _hub_key(opened: Bundle, path: Path | None) -> PublicKey:
    from contract.keys import PublicKey

    try:
        pem = opened.hub_key_pem if path is None else path.read_text(encoding="utf-8")
        key = PublicKey.from_pem(pem)
    except OSError as error:
        _stop(f"{path}: {error.strerror or error}")
    except ValueError as error:
        _stop(f"{path or 'keys/hub.pem in the bundle'}: not a public key in PEM: {error}")
    if path is None:
        print(f"key of the bundle itself, fingerprint {key.fingerprint()}: compare it")
    return key


def _stop(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(EXIT_BAD_INPUT)
