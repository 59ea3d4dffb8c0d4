from __future__ import annotations

import stat
from pathlib import Path

import pytest

from contract.keys import PrivateKey
from edge_agent.errors import StopError
from edge_agent.identity import create_identity, load_command_key, load_identity

KID = "cs-017#3"


@pytest.mark.parametrize("alg", ["EdDSA", "ES256"])
def test_a_new_identity_is_read_back(tmp_path: Path, alg: str) -> None:
    made = create_identity(KID, tmp_path / "key.pem", alg)  # type: ignore[arg-type]
    read = load_identity(KID, tmp_path / "key.pem")
    assert read.slot == "cs-017"
    assert made.key.public.verifies(read.key.sign(b"x"), b"x")


def test_only_the_owner_may_read_the_key(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    create_identity(KID, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    with pytest.raises(StopError, match="chmod 600"):
        load_identity(KID, path)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    create_identity(KID, path)
    before = path.read_bytes()
    with pytest.raises(StopError, match="never overwritten"):
        create_identity(KID, path)
    assert path.read_bytes() == before


def test_every_wrong_key_file_is_one_line_that_names_it(tmp_path: Path) -> None:
    public = tmp_path / "public.pem"
    public.write_text(PrivateKey.generate().public.to_pem())
    junk = tmp_path / "junk.pem"
    junk.write_bytes(b"\xff\x00 not a key")
    large = tmp_path / "large.pem"
    large.write_bytes(bytes(10_000))
    for path in (public, junk, large, tmp_path, tmp_path / "absent.pem", public / "below"):
        if path.is_file():
            path.chmod(0o600)
        with pytest.raises(StopError) as raised:
            load_identity(KID, path)
        assert str(path) in str(raised.value)
        assert "\n" not in str(raised.value)


def test_a_private_key_is_no_command_key(tmp_path: Path) -> None:
    create_identity(KID, tmp_path / "key.pem")
    with pytest.raises(StopError, match="public key"):
        load_command_key(tmp_path / "key.pem")


def test_a_wrong_kid_is_refused_before_the_file_is_touched(tmp_path: Path) -> None:
    with pytest.raises(StopError, match="cs-017#1"):
        create_identity("cs 017", tmp_path / "key.pem")
    assert not (tmp_path / "key.pem").exists()
