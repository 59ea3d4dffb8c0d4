"""`edile agent check` on what an installer may write under `[roles.attendance]`."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.keys import PrivateKey
from edile.cli import main

HEAD = """
[gateway]
district = "baiyun"
slot = "cs-017"
data_dir = "data"
[identity]
kid = "cs-017#1"
key_file = "box.pem"
[hub]
id = "hub"
url = "http://127.0.0.1:9"
command_key = "hub.pub"
[[devices]]
id = "badges"
driver = "jt808-server"
listen = "tcp:127.0.0.1:7808"
[roles.attendance]
"""
ROLE = "roles.attendance"
FIRST = HEAD.count("\n") + 1  # the line below the head


def checked(folder: Path, capsys: pytest.CaptureFixture[str], *lines: str) -> tuple[int, list[str]]:
    """The exit status, and what was said with `gw.toml` for the file's whole name."""
    key = PrivateKey.generate()
    (folder / "box.pem").write_bytes(key.to_pem())
    (folder / "box.pem").chmod(0o600)
    (folder / "hub.pub").write_text(key.public.to_pem())
    file = folder / "gw.toml"
    file.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["agent", "check", "--config", str(file)])
    said = capsys.readouterr().err.replace(str(folder) + "/", "").splitlines()
    assert isinstance(left.value.code, int)
    return left.value.code, said


def test_each_mistake_has_its_file_line_key_and_what_was_expected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = checked(
        tmp_path,
        capsys,
        'devices = ["badges"]',
        "left_after_s = 0",
        'silent_after = "1 h"',
        'alerts = [{kind = "hail", begin = "", until = ""}, {kind = "heat", begin = "noon", until = ""}]',
        "[roles.attendance.limits]",
        "late_after_s = true",
    )
    expected = {
        "left_after_s": (1, "a number from 1 to 86400 (seen outside so long: left-area), found 0"),
        "silent_after": (2, "(did you mean 'silent_after_s'?), found 'silent_after'"),
        "alerts[0].kind": (3, "one of air, cold, heat, rain, snow, storm, found 'hail'"),
        "alerts[1].begin": (3, "RFC 3339 with a zone, such as 2026-07-01T11:00:00+08:00, found 'noon'"),
        "limits.late_after_s": (5, "a number from 0 to 14400 (after the start), found true"),
    }  # fmt: skip
    found = dict(line.split(": expected ", 1) for line in said[:-1])
    assert found.keys() == {
        f"gw.toml:{FIRST + n}: {ROLE}.{key}" for key, (n, _) in expected.items()
    }
    for key, (n, words) in expected.items():
        assert found[f"gw.toml:{FIRST + n}: {ROLE}.{key}"].endswith(words)
    assert (code, said[-1]) == (2, "gw.toml: 5 mistakes")


def test_a_device_that_is_not_in_the_file_is_told_with_those_that_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = checked(tmp_path, capsys, 'devices = ["nobody"]')
    where = f"gw.toml:{FIRST}: {ROLE}.devices: expected "
    words = "the id of a device in this file: one of badges, found 'nobody'"
    assert (code, said) == (2, [where + words, "gw.toml: 1 mistake"])


def test_a_file_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = checked(tmp_path, capsys, 'devices = ["badges"]', 'areas = ["none.geojson"]')
    assert (code, said) == (2, ["none.geojson: No such file or directory"])
