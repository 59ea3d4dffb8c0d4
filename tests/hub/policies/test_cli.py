"""`edile hub policy`, as an operator types it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from hub.policies import shipped_files
from hub.policies.cli import policy
from tests.hub.policies.scenarios import written


def typed(*words: str | Path) -> Result:
    return CliRunner().invoke(policy, [str(word) for word in words])


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    folder = tmp_path / "scenarios"
    assert typed("shipped", "--to", folder).exit_code == 0
    return folder


def edit(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_the_reference_set_is_written_out_and_is_sound(scenarios: Path) -> None:
    assert {one.name: one.read_bytes() for one in scenarios.iterdir()} == shipped_files()
    done = typed("check", scenarios)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["policy", "answers", "for", "class", "priority", "due", "within", "review", "second", "look", "title"]  # fmt: skip
    assert lines[-1] == f"{len(shipped_files())} sound"
    row = next(line for line in lines if line.startswith("over-capacity "))
    assert row.split()[1:] == ["over-capacity", "E0102", "high", "4", "urgent-hour", "-", "other-person", "超过最大秤量", "Over", "capacity"]  # fmt: skip
    assert done.stderr == ""


def test_a_folder_says_what_it_leaves_unanswered_and_a_file_does_not(scenarios: Path) -> None:
    (scenarios / "air-alarm.yaml").unlink()
    done = typed("check", scenarios)
    assert (done.exit_code, done.stderr) == (0, "nobody answers for: air-alarm\n")
    assert typed("check", scenarios / "sos.yaml").stderr == ""


def test_every_fault_of_every_file_is_a_line_on_stderr_and_exit_status_2(scenarios: Path) -> None:
    edit(scenarios, "sos.yaml", "priority: urgent", "priority: uregnt")
    edit(scenarios, "absent.yaml", "kinds: [absent]", "kinds: [absent, idle]")
    done = typed("check", scenarios)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "idle.yaml: kind idle has policy absent already: expected one for each",
        f"sos.yaml:{_line(scenarios / 'sos.yaml', 'priority')}: priority: 'uregnt' is unknown: expected one of low, normal, high, urgent; did you mean urgent?",
    ]  # fmt: skip


def _line(file: Path, key: str) -> int:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(n for n, line in enumerate(lines, 1) if line.startswith(key))


def test_what_is_not_there_is_said_in_a_line(tmp_path: Path) -> None:
    for words in (["check", tmp_path / "x.yaml"], ["check", tmp_path], ["show", "over-capcity"]):
        done = typed(*words)
        assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert "did you mean over-capacity?" in typed("show", "over-capcity").stderr


def test_the_same_name_from_two_folders_is_refused(scenarios: Path, tmp_path: Path) -> None:
    other = tmp_path / "sos.yaml"
    other.write_bytes(written({}))
    assert "another sos.yaml is given already" in typed("check", scenarios, other).stderr


def test_diff_says_what_changes_in_words_and_as_data(scenarios: Path) -> None:
    assert (typed("diff", "shipped", scenarios).exit_code, typed("diff", "shipped", scenarios).stdout) == (0, "nothing changes\n")  # fmt: skip
    edit(scenarios, "over-capacity.yaml", "time: 4 urgent-hour", "time: 2 urgent-hour")
    (scenarios / "sos.yaml").unlink()
    done = typed("diff", "shipped", scenarios)
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "over-capacity: deadline resolve 4 urgent-hour after opened -> 2 urgent-hour after opened",
        "sos: policy removed (was: 工人求助 Worker calls for help)",
        "changes: 2",
    ]
    told = [msgspec.json.decode(line) for line in typed("diff", "shipped", scenarios, "--json").stdout.splitlines()]  # fmt: skip
    assert told[0]["part"] == "deadline resolve"
    assert told[1] == {"policy": "sos", "part": "policy", "before": "工人求助 Worker calls for help"}  # fmt: skip


def test_shipped_leaves_edited_files_alone_unless_forced(scenarios: Path) -> None:
    edit(scenarios, "sos.yaml", "priority: urgent", "priority: high")
    mine = (scenarios / "sos.yaml").read_bytes()
    done = typed("shipped", "--to", scenarios)
    assert "sos.yaml: edited, left as it is" in done.stderr
    assert (scenarios / "sos.yaml").read_bytes() == mine
    assert typed("shipped", "--to", scenarios, "--force").stderr == ""
    assert (scenarios / "sos.yaml").read_bytes() == shipped_files()["sos.yaml"]


def test_show_says_it_in_both_languages_and_when_what_would_happen(scenarios: Path) -> None:
    done = typed("show", "over-capacity", "--opened", "2026-09-30T16:00:00+08:00")
    assert done.exit_code == 0
    assert "优先级            高" in done.stdout
    assert "priority                high" in done.stdout
    assert done.stdout.splitlines()[-3].startswith("2026-09-30 Wed 20:00:00  +0d 04:00")
    edit(scenarios, "over-capacity.yaml", "time: 4 urgent-hour", "time: 2 working-hour")
    own = typed("show", scenarios / "over-capacity.yaml", "--opened", "2026-09-30T16:00:00Z")
    assert "no calendar: working-hour counted by the clock" in own.stdout
    assert "2026-09-30 Wed 18:00:00  +0d 02:00" in own.stdout
    assert typed("show", "over-capacity", "--from", scenarios).stdout.count("2 working-hour") == 1


def test_show_keeps_a_units_calendar(scenarios: Path, tmp_path: Path) -> None:
    calendars = tmp_path / "calendars"
    calendars.mkdir()
    hours = 'zone = "Asia/Shanghai"\nunits = ["u-1"]\n[[weeks]]\nsince = 2024-01-01\nfri = ["08:00-12:00"]\n'  # fmt: skip
    (calendars / "short.toml").write_text(hours, encoding="utf-8")
    edit(scenarios, "over-capacity.yaml", "time: 4 urgent-hour", "time: 5 working-hour")
    when = ["--opened", "2026-11-19T10:00:00Z", "--calendars", calendars]
    file = scenarios / "over-capacity.yaml"
    for unit in ([], ["--unit", "u-1"]):
        assert "2026-11-27 Fri 09:00:00" in typed("show", file, *when, *unit).stdout
    refused = typed("show", file, *when, "--unit", "u-2")
    assert refused.stderr == "--unit u-2: expected a unit with a calendar: u-1\n"


@pytest.mark.parametrize("opened", ["yesterday", "2026-09-30T16:00:00", "2026-09-31T16:00:00Z"])
def test_a_moment_that_is_none_is_refused(opened: str) -> None:
    done = typed("show", "sos", "--opened", opened)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"--opened {opened}: expected a time such as 2026-09-30T16:00:00+08:00\n"


def test_classes_of_an_authority_are_taken_in_and_may_then_be_named(tmp_path: Path) -> None:
    codes, tables = tmp_path / "codes.csv", tmp_path / "tables"
    codes.write_text("kind,code5,name\nmatter,06012,道路不洁\nmatter,6013,x\n", encoding="gb18030")
    file = tmp_path / "dirty-road.yaml"
    file.write_bytes(written({"classes": "['06012']"}))
    assert "no class of gbt47678-2026" in typed("check", file).stderr
    done = typed("import-classes", codes, "--of", "gbt47678-2026", "--out", tables)
    assert (done.exit_code, done.stdout) == (1, "2 rows = 1 taken + 1 refused\n")
    assert done.stderr.startswith("codes.csv:3: code '6013': expected five digits")
    assert "06012  道路不洁" in typed("classes", "--catalogue", tables).stdout
    assert typed("check", file, "--catalogue", tables).exit_code == 0


def test_classes_are_listed_by_catalogue() -> None:
    own = typed("classes", "--of", "edile-local").stdout.splitlines()
    assert own[0] == "edile-local  matter  E0101  未稳定离磅  Left before the weight settled"
    assert all(line.startswith("edile-local") for line in own)
    assert "second-hand" in typed("classes", "--of", "gbt47678-2026").stdout
    assert typed("classes", "--of", "x").exit_code == 2
