"""`edile attendance explain`: why, as text, as JSON and as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib.image
import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from contract.area import Area
from edge_agent.roles.attendance.track_lines import track_lines
from edge_agent.store.tracks import TrackLimits, TrackStore
from edile.attendance import app
from tests.edge_agent.roles.attendance.days import AREA, Carried, clock, fix, planned
from tests.edge_agent.roles.attendance.golden_days import HOME, TO_WORK

SHIFT = planned()
BLUE, VERMILION = (0, 0x72, 0xB2), (0xD5, 0x5E, 0x00)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A roster, the area, and a track with a gap, a leap and fixes of little worth."""
    folder = tmp_path_factory.mktemp("explain")
    carried = Carried((*TO_WORK, *HOME), silent=(("14:00", "14:20"),))
    bad = [fix(clock("10:00:07"), 9000.0, 9000.0), fix(clock("10:30:05"), satellites=2)]
    paths = {name: folder / name for name in ("roster.json", "areas.geojson", "track.jsonl")}
    paths["roster.json"].write_bytes(msgspec.json.encode({"shifts": [SHIFT]}))
    paths["areas.geojson"].write_text(json.dumps(geojson(AREA)), encoding="utf-8")
    paths["track.jsonl"].write_bytes(track_lines([*carried.track(), *bad]))
    return paths


def geojson(area: Area) -> dict[str, Any]:
    facts = {
        "id": area.id,
        "version": area.version,
        "buffer_m": area.buffer_m,
        "valid_from": area.valid_from,
    }
    shape = {"type": "Polygon", "coordinates": area.rings}
    feature = {"type": "Feature", "properties": facts, "geometry": shape}
    return {"type": "FeatureCollection", "features": [feature]}


def run(files: dict[str, Path], *options: str, shift: str = SHIFT.key) -> Any:
    known = ["--roster", str(files["roster.json"]), "--areas", str(files["areas.geojson"])]
    return CliRunner().invoke(app, ["explain", shift, *known, *options])


def told(files: dict[str, Path], *options: str) -> str:
    result = run(files, *options)
    assert result.exit_code == 0, result.output
    output: str = result.output
    return output


def test_the_text_says_what_counted_and_what_did_not(files: dict[str, Path]) -> None:
    lines = told(files, "--track", str(files["track.jsonl"])).splitlines()
    assert lines[0] == "shift     p-1/2026-09-22/1"
    assert lines[1] == ("planned   2026-09-22 08:00-17:00 (UTC+08:00), breaks 12:00-13:00, in a-1")
    assert lines[3:5] == ["fence     a-1 version 3", "verdict   present"]
    text = "\n".join(lines)
    assert "rejected: 1 few-satellites, 1 teleport" in text
    assert "13:59:40-14:20:00  inside (no fixes, but inside before and after)" in text
    assert "minutes   480 known inside of 480 expected" in text


def test_the_object_is_for_programs(files: dict[str, Path]) -> None:
    found = json.loads(told(files, "--track", str(files["track.jsonl"]), "--json"))
    assert (found["verdict"], found["minutes_inside"]) == ("present", 480)
    assert found["fixes"]["rejected"] == {"few-satellites": 1, "teleport": 1}
    assert found["fences"] == {"a-1": 3}
    assert "track" not in found
    whole = json.loads(told(files, "--track", str(files["track.jsonl"]), "--json", "--fixes"))
    assert len(whole["track"]) == whole["fixes"]["n"]
    assert {one.get("rejected") for one in whole["track"]} == {None, "few-satellites", "teleport"}


def test_a_gateways_folder_is_read_beside_the_agent(files: dict[str, Path], tmp_path: Path) -> None:
    store = TrackStore.open(tmp_path, TrackLimits(), unclean=False)
    store.keep([(one, False) for one in Carried((*TO_WORK, *HOME), every_s=60).track()])
    before = store.count()
    text = told(files, "--data-dir", str(tmp_path))
    assert "verdict   present" in text
    assert store.count() == before
    store.close()


def test_the_picture_shows_the_track_over_the_fence(files: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "w.png"
    told(files, "--track", str(files["track.jsonl"]), "--map", str(out))
    seen = pixels(out)
    assert seen.shape == (1440, 1125, 3)
    assert count(seen, BLUE) > 2_000  # inside, on the map and in the strip
    map_only = seen[100:930]
    assert count(map_only, BLUE) > 500
    # The way to work and home is nobody's business; a shade between two colours may look alike.
    assert count(map_only, VERMILION) < 5


def test_who_was_elsewhere_at_work_time_is_drawn_there_whatever_letters_the_name_has(
    files: dict[str, Path], tmp_path: Path
) -> None:
    shift = msgspec.structs.replace(SHIFT, key="王芳/2026-09-22/1", person="王芳")
    roster, track, out = (tmp_path / name for name in ("r.json", "t.jsonl", "w.png"))
    roster.write_bytes(msgspec.json.encode({"shifts": [shift]}))
    away = Carried((("07:40", "home"), ("17:10", "home")), wander_m=3.0).track()
    track.write_bytes(track_lines(away))
    named = {**files, "roster.json": roster}
    result = run(named, "--track", str(track), "--map", str(out), shift=shift.key)
    assert result.exit_code == 0, result.output
    assert count(pixels(out)[100:930], VERMILION) > 30


def test_a_picture_of_nothing_is_still_a_picture(files: dict[str, Path], tmp_path: Path) -> None:
    track, out = tmp_path / "t.jsonl", tmp_path / "w.png"
    track.write_bytes(b"")
    assert "verdict   unknown" in told(files, "--track", str(track), "--map", str(out))
    assert count(pixels(out), BLUE) < 2_000  # the legend


def pixels(file: Path) -> Any:
    return np.round(matplotlib.image.imread(file)[:, :, :3] * 255).astype(int)


def count(seen: Any, colour: tuple[int, int, int]) -> int:
    """Pixels about that colour: points are drawn a little transparent."""
    return int((np.abs(seen - np.array(colour)).max(axis=2) < 60).sum())


@pytest.mark.parametrize(
    ("options", "shift", "why"),
    [
        ((), SHIFT.key, "--track FILE or --data-dir FOLDER"),
        (("--track", "none.jsonl"), SHIFT.key, "none.jsonl: cannot be read"),
        (("--track", "{areas.geojson}"), SHIFT.key, "areas.geojson:1: no position"),
        (("--data-dir", "nowhere"), SHIFT.key, "no tracks there"),
        (("--track", "{track.jsonl}"), "p-1/2026-09-22/7", "no shift p-1/2026-09-22/7; near"),
        (("--track", "{track.jsonl}"), "p-1", "expected a shift's name"),
        (("--track", "{track.jsonl}", "--zone", "Mars"), SHIFT.key, "--zone Mars"),
        (("--track", "{track.jsonl}", "--map", "no/such/w.png"), SHIFT.key, "cannot be written"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    files: dict[str, Path], options: tuple[str, ...], shift: str, why: str
) -> None:
    named = [str(files[one[1:-1]]) if one.startswith("{") else one for one in options]
    result = run(files, *named, shift=shift)
    assert result.exit_code == 2
    assert why in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_a_file_of_something_else_is_no_track(files: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "tracks.db").write_bytes(b"something else, long enough to be looked at" * 50)
    result = run(files, "--data-dir", str(tmp_path))
    assert result.exit_code == 2
    assert "does not read as a file of tracks" in result.output


def test_an_area_that_the_roster_names_and_the_map_does_not_have(
    files: dict[str, Path], tmp_path: Path
) -> None:
    other = tmp_path / "a.geojson"
    other.write_text(json.dumps(geojson(msgspec.structs.replace(AREA, id="a-9"))), encoding="utf-8")
    named = {**files, "areas.geojson": other}
    out = tmp_path / "w.png"
    text = told(named, "--track", str(files["track.jsonl"]), "--map", str(out))
    assert "verdict   unknown" in text
    assert "Area a-1 had no fence then." in text
