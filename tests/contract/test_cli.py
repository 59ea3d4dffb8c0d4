from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contract.cli import app, evidence
from contract.keys import PrivateKey
from tests.contract.case_bundles import HUB, good_case, write_folder


def contract(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def verify(*arguments: str | Path) -> Result:
    return CliRunner().invoke(evidence, ["verify", *(str(argument) for argument in arguments)])


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_folder(good_case().files(), tmp_path / "bundle")


@pytest.fixture
def hub_key(tmp_path: Path) -> Path:
    path = tmp_path / "hub.pem"
    path.write_text(HUB.public.to_pem())
    return path


def test_schemas_are_exported_and_checked(tmp_path: Path) -> None:
    assert contract("schema", "--out", tmp_path).exit_code == 0
    assert (tmp_path / "asyncapi.json").is_file()
    assert contract("schema", "--out", tmp_path, "--check").exit_code == 0
    (tmp_path / "area.json").write_text("{}")
    checked = contract("schema", "--out", tmp_path, "--check")
    assert (checked.exit_code, "area.json: not as" in checked.output) == (1, True)


def test_a_folder_that_cannot_be_one_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = contract("schema", "--out", tmp_path / "file")
    assert refused.exit_code == 2
    assert refused.output.count("\n") == 1


def test_a_good_bundle_exits_0(bundle: Path, hub_key: Path) -> None:
    said = verify(bundle, "--key", hub_key)
    assert said.exit_code == 0
    assert "NOT PROVED" not in said.output
    assert "findings are proved" in said.output


def test_without_a_trusted_key_the_fingerprint_is_shown(bundle: Path) -> None:
    said = verify(bundle)
    assert said.exit_code == 0
    assert HUB.public.fingerprint() in said.output


def test_a_key_that_is_not_the_hubs_proves_nothing(bundle: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_text(PrivateKey.generate().public.to_pem())
    said = verify(bundle, "--key", other)
    assert said.exit_code == 1
    assert "not signed by this hub" in said.output


def test_a_tampered_bundle_exits_1_and_says_what(tmp_path: Path, hub_key: Path) -> None:
    case = good_case()
    tampered = replace(case, lines=(case.lines[0].replace(b"0.9", b"0.1"), *case.lines[1:]))
    said = verify(write_folder(tampered.files(), tmp_path / "t"), "--key", hub_key)
    assert said.exit_code == 1
    assert "NOT PROVED  0C9K2TQ7M4XWZ.urgent: the chain at 3" in said.output


def test_what_is_no_bundle_or_key_is_one_line_and_exit_2(bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("hello")
    for arguments in ((tmp_path / "absent",), (file,), (tmp_path,), (bundle, "--key", file)):
        refused = verify(*arguments)
        assert refused.exit_code == 2
        assert refused.output.count("\n") == 1
        assert "Traceback" not in refused.output


def test_the_contract_costs_a_gateway_neither_shapely_nor_httpx() -> None:
    script = (
        "import sys, contract, contract.payloads.registry, contract.token, contract.cli\n"
        "assert not {'shapely', 'numpy', 'httpx', 'rich'} & sys.modules.keys(), sorted(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
