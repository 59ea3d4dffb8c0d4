"""A car that is played: it is where its route says, and its receiver says so nearly."""

from __future__ import annotations

import contextlib
import json
import math
import os
import socket
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware_bridges.nmea import Answer, Gga, NmeaDecoder, NmeaRefused, OtherSentence, Rmc
from simulators.cli import app
from simulators.gnss.cli import ROUND, _port, drive
from simulators.gnss.receiver import Receiver, Sky, Told
from simulators.gnss.route import Route, RouteRefused, metres, read_route

START_S = 1_790_000_000.0
RUN = CliRunner()


def told(route: Route, sky: Sky, times: Sequence[float], seed: int = 1) -> list[Told]:
    receiver = Receiver(route, sky, seed, START_S)
    return [receiver.tell(t) for t in times]


def decoded(*data: bytes) -> list[Answer]:
    return NmeaDecoder().feed(b"".join(data))


def test_a_car_is_where_its_speed_and_its_streets_bring_it() -> None:
    route = Route(ROUND, 10.0, stops={1: 30.0}, around=True)
    side_m = metres(ROUND[0], ROUND[1])[0]
    corner_s = side_m / 10
    half = route.at(corner_s / 2)
    assert half.lon == pytest.approx((ROUND[0][0] + ROUND[1][0]) / 2)
    assert (half.speed_mps, half.course_deg) == (10.0, pytest.approx(90.0, abs=0.1))
    waiting = route.at(corner_s + 15)
    assert ((waiting.lon, waiting.lat), waiting.speed_mps) == (ROUND[1], 0.0)
    north = route.at(corner_s + 31)
    assert north.course_deg == pytest.approx(0.0, abs=0.1)
    again = route.at(route.length_s + corner_s / 2)
    assert (again.lon, again.lat) == pytest.approx((half.lon, half.lat))


def test_a_drive_that_is_over_stands_at_its_end() -> None:
    route = Route(ROUND[:2], 10.0)
    end = route.at(route.length_s + 60)
    assert ((end.lon, end.lat), end.speed_mps) == (pytest.approx(ROUND[1]), 0.0)


def test_what_is_said_is_what_a_receiver_says_with_an_error_of_its_own() -> None:
    route = Route(ROUND, 7.0, around=True)
    off = []
    for one in told(route, Sky(error_m=2.0), range(400)):
        gga, view, rmc = decoded(one.data)
        assert isinstance(gga, Gga)
        assert isinstance(view, OtherSentence)
        assert isinstance(rmc, Rmc)
        assert rmc.valid
        assert gga.lon is not None
        assert gga.lat is not None
        off.append(math.hypot(*metres((one.lon, one.lat), (gga.lon, gga.lat))))
    assert 1.0 < sum(off) / len(off) < 4.0
    assert max(off) < 12.0


def test_in_a_tunnel_there_is_no_place_in_every_round() -> None:
    route = Route(ROUND, 10.0, around=True)
    sky = Sky(tunnels=((20.0, 30.0),))
    for lap in (0, 1, 2):
        inside, outside = told(route, sky, [lap * route.length_s + t for t in (25.0, 31.0)])
        kinds = decoded(inside.data)
        assert (inside.valid, outside.valid) == (False, True)
        assert [one.lat for one in kinds if isinstance(one, Rmc | Gga)] == [None, None]


def test_spoilt_sentences_are_refused_by_whoever_reads_them() -> None:
    lines = told(Route(ROUND, 10.0, around=True), Sky(damaged=0.3), range(200))
    found = decoded(*(one.data for one in lines))
    refused = sum(isinstance(one, NmeaRefused) for one in found)
    assert 120 < refused < 260


def test_the_same_seed_says_the_same_and_another_something_else() -> None:
    route, sky = Route(ROUND, 10.0, around=True), Sky(damaged=0.1)
    first, second, other = (told(route, sky, range(30), seed) for seed in (7, 7, 8))
    assert first == second != other


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("113.3\n", "1: expected lon,lat"),
        ("113.3,23.1\n23.1,113.3\n", r"2: 23.1, 113.3 is no place .* \(longitude first\)"),
        ("{", "Expecting"),
        ('{"type": "Point", "coordinates": [1, 2]}', "no LineString"),
        ('{"type": "LineString", "coordinates": ["x"]}', "expected lon,lat"),
    ],
)
def test_a_route_that_is_none_is_refused_with_its_line(
    tmp_path: Path, text: str, complaint: str
) -> None:
    file = tmp_path / "route"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RouteRefused, match=complaint):
        read_route(file)


def test_routes_are_lines_or_geojson(tmp_path: Path) -> None:
    plain, geo = tmp_path / "route.csv", tmp_path / "route.geojson"
    plain.write_text("# a street\n113.3, 23.1\n\n113.4,23.1\n", encoding="utf-8")
    line = {"type": "LineString", "coordinates": [[113.3, 23.1, 9.0], [113.4, 23.1]]}
    feature = {"type": "Feature", "properties": {}, "geometry": line}
    geo.write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8"
    )
    assert read_route(plain) == read_route(geo) == [(113.3, 23.1), (113.4, 23.1)]


@pytest.mark.parametrize("points", [[], [(113.3, 23.1)], [(113.3, 23.1), (113.3, 23.1)]])
def test_a_route_without_a_way_is_refused(points: list[tuple[float, float]]) -> None:
    with pytest.raises(RouteRefused):
        Route(points, 10.0)


def test_a_drive_goes_at_its_own_pace_and_never_hurries() -> None:
    now, sent, pauses = [0.0], list[bytes](), list[float]()

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        now[0] += max(0.0, seconds)
        if len(pauses) == 3:
            now[0] += 5.0  # held up
        return len(pauses) > 8

    receiver = Receiver(Route(ROUND, 10.0, around=True), Sky(), 1, START_S)
    truth = StringIO()
    ended = drive(
        receiver, sent.append, truth, wait, length_s=60, rate=2.0, monotonic=lambda: now[0]
    )
    assert not ended
    assert len(sent) == 8
    assert pauses[1:] == pytest.approx([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    rows = [json.loads(line) for line in truth.getvalue().splitlines()]
    assert [row["t"] for row in rows] == [n / 2 for n in range(8)]
    assert rows[0]["lon"] == ROUND[0][0]


def test_over_tcp_everybody_hears_it_and_whoever_hangs_up_is_forgotten() -> None:
    with contextlib.ExitStack() as stack:
        send, where = _port(stack, 0)
        host, _, port = where.partition(":")
        send(b"nobody hears this")
        with socket.create_connection((host, int(port)), timeout=60) as near:
            with socket.create_connection((host, int(port)), timeout=60) as far:
                send(b"$GP")
                assert (near.recv(3), far.recv(3)) == (b"$GP", b"$GP")
            for _ in range(3):
                send(b"x")
            assert near.recv(1) == b"x"


def test_the_command_plays_a_port_until_its_end(tmp_path: Path) -> None:
    link, truth = tmp_path / "gnss", tmp_path / "drive.jsonl"
    played = RUN.invoke(
        app,
        ["gnss", "--link", str(link), "--truth", str(truth), "--minutes", "0.01", "--rate", "10"],
    )
    assert played.exit_code == 0, played.output
    assert "the drive has ended" in played.stdout
    rows = [json.loads(line) for line in truth.read_text(encoding="utf-8").splitlines()]
    assert [row["kind"] for row in rows] == ["truth", *["place"] * 6, "end"]
    assert not os.path.lexists(link)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "one of --link and --port"),
        (["--link", "x", "--port", "1"], "one of --link and --port"),
        (["--link", "x", "--baud", "1200"], "--baud: one of 4800"),
        (["--link", "x", "--tunnel", "9-3"], "--tunnel: FROM-TO"),
        (["--link", "x", "--tunnel", "noon"], "--tunnel: FROM-TO"),
        (["--link", "x", "--route", "none"], "--route: none: No such file"),
        (["--link", "none/x"], "none/x: No such file"),
    ],
)
def test_a_mistake_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = RUN.invoke(app, ["gnss", *arguments])
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
