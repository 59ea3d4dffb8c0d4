"""The commands, over files as people keep them."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from contract.workorder import HandOverEntry
from hub.owners.cli import owners
from tests.hub.owners.test_rosters import ROSTER
from tests.hub.owners.town import SQUARES, UNITS, area, block, collection, place

AT = ("--at", "2026-11-21T09:00:00+08:00")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "units.csv").write_text(UNITS, encoding="utf-8")
    overlay = area("o-gas", block(0, 0, 1, 2), unit="gas-office", overlay="gas")
    (tmp_path / "areas.geojson").write_bytes(collection([*SQUARES, overlay]))
    (tmp_path / "watch.csv").write_text(ROSTER, encoding="utf-8")
    return tmp_path


def run(*words: object) -> Result:
    return CliRunner().invoke(owners, [str(word) for word in words])


def test_check_says_what_documents_come_to(folder: Path) -> None:
    done = run(
        "check", *(folder / name for name in ("units.csv", "areas.geojson", "watch.csv")), *AT
    )
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "13 units, 5 versions of areas; valid now: 4 plain, 1 overlays or for classes",
        "plain areas: 4.538 km2; 0.0% of their convex hull is nobody's",
        "units that no area names, nor any below them: 3",
        "  clean-co",
        "  crew-7",
        "  fresh-co",
        "rosters: 1",
        "  grid-1, handler: several from 2026-11-21T10:00:00.000Z to 2026-11-21T12:00:00.000Z",
    ]


def test_check_prints_every_fault_with_its_file(folder: Path) -> None:
    (folder / "units.csv").write_text(UNITS.replace("grid-3,grid", "grid-3,village"), "utf-8")
    (folder / "areas.geojson").write_bytes(collection([area("a-1", block(0, 0), unit="?")]))
    done = run("check", folder / "units.csv", folder / "areas.geojson")
    assert done.exit_code == 2
    assert f"{folder / 'units.csv'}:8: kind 'village': expected one of district" in done.output
    assert f"{folder / 'areas.geojson'}: feature 0 (id 'a-1'): unit '?': expected" in done.output
    assert run("check", folder / "none.csv").exit_code == 2
    copied = folder / "copy.csv"
    copied.write_text(UNITS, encoding="utf-8")
    (folder / "units.csv").write_text(UNITS, encoding="utf-8")
    assert "expected the units in one file" in run("check", folder / "units.csv", copied).output


def test_check_refuses_what_rewrites_history(folder: Path) -> None:
    new = folder / "new.geojson"
    new.write_bytes(collection(SQUARES[1:]))
    documents = [folder / "units.csv", new]
    against = ["--replaces", folder / "units.csv", "--replaces", folder / "areas.geojson"]
    done = run("check", *documents, *against, *AT)
    assert done.exit_code == 2
    assert "feature 0 (id 'a-1'): version 1, begun 1970-01-01T00:00:00.000Z, is gone" in done.output
    same = run("check", folder / "units.csv", folder / "areas.geojson", *against, *AT)
    assert same.exit_code == 0, same.output


def test_who_names_the_unit_those_above_and_who_is_on_duty(folder: Path) -> None:
    named = ("--units", folder / "units.csv", "--areas", folder / "areas.geojson")
    done = run("who", *place(0.5, 0.5), *named, "--roster", folder / "watch.csv", *AT)
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "unit        grid-1  一网格  Grid 1",
        "by          area a-1, version 1",
        "main        north  北街道  North Subdistrict",
        "assisting   greening  绿化科  Greening",
        "above       north  北街道  North Subdistrict",
        "above       tianhe  天河区  Tianhe",
        "handler     Li Na of grid-1  ext. 112 webhook:north-desk mailto:li@example.org",
        "leader      Zhao of north  ",
    ]
    gas = run("who", *place(0.999, 0.5), *named, "--overlay", "gas", "--error", "15", *AT)
    assert "by          overlay o-gas, version 1" in gas.output
    assert "near a border: perhaps grid-1 by area a-1, grid-2 by area a-2" in gas.output
    nobody = run("who", *place(2.001, 0.5), *named, "--error", "15", *AT)
    assert nobody.exit_code == 1
    assert "within the error: grid-2 by area a-2" in nobody.output
    assert run("who", "nan", "23", *named).exit_code == 2
    assert run("who", "113", "23", *named, "--at", "noon").exit_code == 2


def test_handover_lists_orders_as_files_or_the_hub_give_them(folder: Path) -> None:
    new = folder / "new.geojson"
    new.write_bytes(collection([area("a-1", block(0, 0, 2, 2), unit="grid-9")]))
    lon, lat = place(1.5, 0.5)
    short = folder / "orders.json"
    short.write_text(json.dumps([{"id": "o-1", "lon": lon, "lat": lat, "owner": "grid-2"}]))
    done = run("handover", folder / "areas.geojson", new, "--orders", short, *AT)
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "grid-2 -> grid-9: 1",
        "  o-1  a-1",
        "1 orders lie where another unit answers",
    ]
    listed = {
        "id": "o-2", "number": "n", "class_code": "06036", "catalogue": "c", "kind": "k",
        "state": "dispatched", "priority": "normal", "opened_at": "t", "observed_at": "t",
        "version": 1, "place": {"lon": lon, "lat": lat}, "owner": {"unit": "greening"},
    }  # fmt: skip
    page = folder / "page.json"
    page.write_text(json.dumps({"items": [listed, {**listed, "id": "o-3", "place": {}}]}))
    done = run("handover", folder / "areas.geojson", new, "--orders", page, *AT)
    assert "greening -> grid-9: 1" in done.output
    assert "  o-2  a-1, the place was grid-2's" in done.output
    page.write_text("[")
    assert run("handover", folder / "areas.geojson", new, "--orders", page).exit_code == 2


def test_a_saved_list_is_applied_by_the_hub_in_the_name_of_whoever_says_so(folder: Path) -> None:
    lon, lat = place(1.5, 0.5)
    new, short, saved = (folder / name for name in ("new.geojson", "orders.json", "list.json"))
    new.write_bytes(collection([area("a-1", block(0, 0, 2, 2), unit="grid-9")]))
    given = {"id": "o-1", "lon": lon, "lat": lat, "owner": "grid-2", "state": "dispatched"}
    short.write_text(json.dumps([given]))
    done = run("handover", folder / "areas.geojson", new, "--orders", short, "--save", saved, *AT)
    assert done.exit_code == 0, done.output
    (listed,) = json.loads(saved.read_text())
    assert (listed["order"], listed["owner"], listed["to_unit"]) == ("o-1", "grid-2", "grid-9")
    asked: list[tuple[object, ...]] = []

    def perform(*words: object, **values: object) -> None:
        asked.append((*words, values))

    words = ["handover", "--apply", str(saved), "--by", "Li Na", "--reason", "redrawn"]
    CliRunner().invoke(owners, [*words, "--database", "sqlite:///hub.db"], obj=perform)
    ((operation, database, _, values),) = asked
    assert (operation, database) == ("orders-hand-over", "sqlite:///hub.db")
    assert isinstance(values, dict)
    (entry,) = msgspec.convert(values["orders"], list[HandOverEntry])
    assert entry == HandOverEntry(order="o-1", owner="grid-2", to_unit="grid-9", state="dispatched")
    assert (values["by"], values["reason"]) == ("Li Na", "redrawn")
    for wrong in (words, ["handover"], ["handover", "--apply", str(new), "--database", "x"]):
        assert (
            CliRunner().invoke(owners, wrong, obj=perform, env={"EDILE_HUB_DATABASE": ""}).exit_code
            == 2
        )
    assert len(asked) == 1


def test_draw_makes_a_picture_of_the_areas(folder: Path) -> None:
    out = folder / "district.png"
    named = ("--units", folder / "units.csv", "--areas", folder / "areas.geojson")
    done = run("draw", out, *named, *AT)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("5 areas in ")
    with Image.open(out) as picture:
        assert picture.format == "PNG"
        colours = {colour for _, colour in picture.convert("RGB").getcolors(2**24) or []}
    # Four plain areas in four colours, the overlay's hatching on top.
    assert len(colours) > 5
    assert run("draw", folder / "none" / "x.png", *named).exit_code == 2
