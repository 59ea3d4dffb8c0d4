"""What `edile attendance explain` reads: a roster, areas, a track from a file or from a gateway's folder.

Every function here stops the program with one line when its file is not what it should be.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import shapely

from contract.area import Area
from contract.areas import InvalidAreas
from contract.fences import Fences
from contract.geojson import read_areas
from contract.rosters.mistakes import InvalidRoster
from contract.rosters.reading import read_roster
from contract.rosters.shift import PlannedShift
from contract.rosters.timetable import Timetable
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.readings import PositionReading
from edge_agent.roles.attendance.judging import judge, judged_fixes
from edge_agent.roles.attendance.track_lines import InvalidTrack, read_track
from edge_agent.roles.attendance.verdicts import as_judged
from edge_agent.store.schema import BUSY_MS, connect
from edge_agent.store.tracks import TrackLimits, TrackStore
from edge_agent.store.tracks.opening import APPLICATION_ID, FILE
from edile.attendance.explaining import Explained, Shown
from edile.attendance.own_settings import OwnSettings
from edile.decode.source import stop

MOST_POSITIONS = 200_000  # of one badge in one shift; ten a second for five hours
_DAYS_AROUND = 2  # a shift's local date and its UTC date differ by a day at most; nights end later


def explained(
    key: str,
    roster: Path | None,
    areas: Sequence[Path],
    *,
    track: Path | None,
    data_dir: Path | None,
    zone_min: int | None,
    own: OwnSettings | None = None,
) -> Explained:
    """Judged again, from one of `track` and `data_dir`, with the settings of a gateway (`own`) or the
    usual ones. What is given beside `own` stands instead of it."""
    config = AttendanceConfig(devices=("none",)) if own is None else own.config
    limits = config.limits
    if zone_min is not None:
        limits = dataclasses.replace(limits, zone_min=zone_min)
    known = own.areas if own is not None and not areas else areas_of(areas)
    fences = fences_of(known)
    if roster is not None:
        planned = shift_of(key, roster)
    else:
        planned = shift_in(key, own.timetable if own else Timetable(), "the gateway's roster")
    shift = as_judged(planned, fences, config)
    if shift is None:
        stop(f"{key}: nobody was expected at any time of it")
    positions: Sequence[PositionReading] = ()
    if track is not None:
        positions = track_in(track)
    elif data_dir is not None:
        positions = track_kept(data_dir, shift, limits.margin_s)
    return Explained(
        shift=shift,
        judgement=judge(shift, positions, fences, limits),
        fixes=judged_fixes(shift, positions, fences, limits),
        areas=shown(shift, known, fences),
        zone_min=limits.zone_min,
        max_gap_s=limits.max_gap_s,
    )


def shift_of(key: str, roster: Path) -> PlannedShift:
    """The roster's shift of that name."""
    try:
        timetable = Timetable(read_roster(_content(roster), str(roster)))
    except InvalidRoster as error:
        stop(str(error))
    return shift_in(key, timetable, str(roster))


def shift_in(key: str, timetable: Timetable, origin: str) -> PlannedShift:
    begin_ns, end_ns = _around(key)
    shifts = timetable.shifts(begin_ns, end_ns)
    found = next((shift for shift in shifts if shift.key == key), None)
    if found is None:
        same = [one.key for one in shifts if one.key.partition("/")[0] == key.partition("/")[0]]
        near = f"; near that day: {', '.join(same[:5])}" if same else ""
        stop(f"{origin}: no shift {key}{near}")
    return found


def _around(key: str) -> tuple[int, int]:
    """UTC ns within which a shift of that name lies."""
    try:
        day = datetime.strptime(key.split("/")[-2], "%Y-%m-%d").replace(tzinfo=UTC)
    except (ValueError, IndexError):
        stop(f"{key}: expected a shift's name such as w-17/2026-09-22/1")
    around = timedelta(days=_DAYS_AROUND)
    begin, end = day - around, day + around
    return int(begin.timestamp()) * 10**9, int(end.timestamp()) * 10**9


def areas_of(files: Sequence[Path]) -> list[Area]:
    found: list[Area] = []
    for file in files:
        try:
            text = _content(file).decode("utf-8-sig")
            found += read_areas(text, kind="shift", origin=str(file))
        except (InvalidAreas, UnicodeDecodeError) as error:
            stop(f"{file}: {error}" if isinstance(error, UnicodeDecodeError) else str(error))
    return found


def fences_of(areas: Sequence[Area]) -> Fences:
    try:
        return Fences(areas)
    except InvalidAreas as error:
        stop(str(error))


def shown(shift: PlannedShift, areas: Sequence[Area], fences: Fences) -> list[Shown]:
    """The shift's areas as they were when it began."""
    told = []
    for name in shift.areas:
        number = fences.version(name, shift.start_ns)
        area = next((one for one in areas if (one.id, one.version) == (name, number)), None)
        buffered = fences.shape(name, shift.start_ns)
        if area is not None and buffered is not None:
            polygons = [shapely.Polygon(rings[0], rings[1:]) for rings in (area.rings, *area.more)]
            told.append(Shown(name, buffered, shapely.union_all(polygons)))
    return told


def track_in(file: Path) -> list[PositionReading]:
    try:
        return read_track(_content(file), str(file))
    except InvalidTrack as error:
        stop(str(error))


def track_kept(data_dir: Path, shift: PlannedShift, margin_s: float) -> list[PositionReading]:
    """From a gateway's own folder, beside a running agent or without one; nothing is written."""
    path = data_dir / FILE
    if not path.is_file():
        stop(f"{path}: no tracks there; has an agent with this data_dir ever run?")
    margin_ns = int(margin_s * 10**9)
    begin_ns, end_ns = shift.start_ns - margin_ns, shift.end_ns + margin_ns
    try:
        con = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        con.set_busy_timeout(BUSY_MS)
        if con.pragma("application_id") != APPLICATION_ID:
            stop(f"{path}: not a file of tracks")
        store = TrackStore(con, path, TrackLimits(), connect)
        badges = sorted({span.badge for span in shift.badges})
        found = [
            one for badge in badges for one in store.track(badge, begin_ns, end_ns, MOST_POSITIONS)
        ]
        store.close()
    except apsw.Error as error:
        stop(f"{path}: does not read as a file of tracks: {error}")
    return found


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        stop(f"{file}: cannot be read: {error.strerror}")
