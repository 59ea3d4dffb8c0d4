"""docs/scenarios.md says what is so: its example, its output, its table of keys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.deadlines.folder import import_year
from hub.policies.cli import policy
from hub.policies.sections import SCENARIO

TEXT = (Path(__file__).resolve().parents[3] / "docs/scenarios.md").read_text(encoding="utf-8")
HOURS = '["08:30-12:00", "14:30-18:00"]'


def block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("scenarios", "tables", "calendars"):
        Path(name).mkdir()
    Path("tables/gbt47678-2026.csv").write_text(block("csv"), encoding="utf-8")
    Path("scenarios/shared-bikes.yaml").write_text(block("yaml"), encoding="utf-8")
    return tmp_path


def typed(command: str) -> tuple[str, str]:
    done = CliRunner().invoke(policy, command.removeprefix("$ edile hub policy ").split())
    return done.stdout, done.stderr


def shown(command: str) -> tuple[str, str]:
    """A command of the page, and what stands below it."""
    found = re.search(rf"^({re.escape(command)}.*)\n((?:(?!```|\$ ).*\n)*)", TEXT, re.MULTILINE)
    assert found is not None
    return found[1], found[2].rstrip()


@pytest.mark.usefixtures("folder")
def test_the_worked_example_is_checked_as_the_page_shows_it() -> None:
    command, output = shown("$ edile hub policy check scenarios/shared-bikes.yaml")
    assert typed(command)[0].rstrip() == output


@pytest.mark.usefixtures("folder")
def test_what_would_happen_to_an_order_is_as_the_page_shows_it() -> None:
    days = [f"2026-10-0{day},holiday,国庆节,n" for day in range(1, 8)]
    week = "".join(f"{day} = {HOURS}\n" for day in ("mon", "tue", "wed", "thu", "fri"))
    Path("calendars/cn-2026.csv").write_text(
        "date,kind,name,source\n" + "\n".join(days), encoding="utf-8"
    )
    Path("calendars/office.toml").write_text(f'zone = "Asia/Shanghai"\nunits = ["north"]\nofficial = "cn"\n[[weeks]]\nsince = 2024-01-01\n{week}')  # fmt: skip
    _reviewed()
    command, output = shown("$ edile hub policy show scenarios/shared-bikes.yaml")
    happenings = output.splitlines()[1:]
    assert len(happenings) == 9
    assert typed(command)[0].splitlines()[-9:] == happenings


def _reviewed() -> None:
    source = Path("calendars/cn-2026.csv").replace("cn-2026.csv")
    import_year(Path("calendars"), source, by="Li Na", at="2026-01-01T00:00:00Z")


@pytest.mark.usefixtures("folder")
def test_misspellings_are_answered_as_the_page_shows_them() -> None:
    text = block("yaml")
    for right, wrong in (
        ("drone, person", "dron"),
        ("2 working-hour ", "2 hours "),
        ("cell: 50 m", "cell: 50"),
    ):
        assert right in text
        text = text.replace(right, wrong)
    Path("scenarios/shared-bikes.yaml").write_text(text, encoding="utf-8")
    said = typed("check scenarios/shared-bikes.yaml --catalogue tables")[1]
    assert said.strip() in TEXT


def test_a_refused_row_is_told_as_the_page_shows_it(folder: Path) -> None:
    (folder / "codes.csv").write_text(
        "kind,code5,name\nmatter,06012,道路不洁\nmatter,6013,x\n", encoding="utf-8"
    )
    command, output = shown("$ edile hub policy import-classes")
    out, err = typed(command)
    assert (err + out).rstrip() == output


def test_the_table_has_every_key() -> None:
    rows = re.findall(r"^\| (.+?) \|", TEXT, re.MULTILINE)
    named = {
        key for row in rows if not row.startswith("·") for key in re.findall(r"`([a-z_]+)`", row)
    }
    assert set(SCENARIO) <= named
