"""Question 9: what looking costs beside the model itself, and what a quiet street costs.

The baseline is a bare `invoke` of the same interpreter in the same round, on one thread, for each glance of
a look. Frames are drawn at 1280 x 720: what is measured is our own work around the model, not what it
finds. Processor time of this process throughout; the memory is the vision process's own, with one camera.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import process_time

import cv2
import numpy as np

from benchmarks.rows import Row
from edge_agent.config.devices.camera import CameraConfig, ClipConfig, ZoneConfig
from edge_agent.vision.eye import Eye
from edge_agent.vision.frames import Frame, Image, Shape, encoded
from edge_agent.vision.looking import Models
from edge_agent.vision.models.catalogue import find, manifests, shipped_folder
from edge_agent.vision.models.loading import open_model
from edge_agent.vision.models.manifest import read_manifest
from edge_agent.vision.models.model import Model
from edge_agent.vision.shelf import OpenedModel
from edge_agent.vision.tracks import Numbers
from edge_agent.vision.view_state import ViewWatch
from edge_agent.vision.words import Heard, Open, Seen, frame_of, heard, length_of

QUESTION = "9 vision"
WIDE, HIGH = 1280, 720
STEP_NS = 200_000_000  # of a quiet street; of a busy one a second, each frame a look at all of it
MOST_MS, MOST_RATIO, MOST_MIB = 1.5, 1.3, 350
ZONE = ZoneConfig("pavement", ((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)))
QUIET = CameraConfig(id="bench", source="folder:x", zones=(ZONE,), clip=ClipConfig(before_s=15.0))
BUSY = CameraConfig(id="bench", source="folder:x", zones=(ZONE,), look_every_s=1.0, glances=1)
TWICE = replace(BUSY, glances=2)


def measure(*, quick: bool) -> list[Row]:
    cv2.setNumThreads(1)  # as the vision process does
    file, model = _detector()
    frames = 150 if quick else 600
    with tempfile.TemporaryDirectory() as folder:
        return [
            *_overhead(model, BUSY, 15 if quick else 60),
            *_overhead(model, TWICE, 15 if quick else 60),
            _static(model, frames),
            _memory(file, Path(folder), 40 if quick else 120),
        ]


def _detector() -> tuple[Path, Model]:
    """The first detector that ships."""
    for path in manifests(shipped_folder()):
        manifest = read_manifest(path)
        if manifest.kind == "detector":
            file, found = find(manifest.name, [shipped_folder()])
            return file, open_model(file, manifest=found, threads=1)
    raise RuntimeError("no detector ships with this checkout")


def _street(number: int, *, walker: bool) -> Image:
    """Houses and a pavement with sensor noise; `walker` goes through the picture."""
    chance = np.random.default_rng(7)
    image = np.full((HIGH, WIDE, 3), 120, np.uint8)
    for _ in range(80):
        x, y = int(chance.integers(-80, WIDE)), int(chance.integers(0, 440))
        shade = int(chance.integers(30, 230))
        cv2.rectangle(image, (x, y), (x + 90, y + 60), (shade, shade, shade), cv2.FILLED)
    if walker:
        x = 40 + number * 12 % (WIDE - 160)
        cv2.rectangle(image, (x, 380), (x + 90, 640), (60, 40, 190), cv2.FILLED)
    noise = np.random.default_rng(number).normal(0.0, 2.0, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def _eye(config: CameraConfig, model: Model, said: list[Heard]) -> Eye:
    opened = OpenedModel(model.name, model.sha256, model.labels, model.input_size, model.run)

    def say(word: Heard) -> bool:
        said.append(word)
        return True

    watch = ViewWatch(config.view)
    return Eye(config, Models(opened), say, numbers=Numbers(), watch_of=lambda _: watch)


def _overhead(model: Model, camera: CameraConfig, rounds: int) -> list[Row]:
    """Each frame: a bare invoke for each glance, then the whole way of the same frame with a full look."""
    said: list[Heard] = []
    eye, bare, whole, coded = _eye(camera, model, said), list[float](), list[float](), list[float]()
    for number in range(rounds):
        image = _street(number, walker=True)
        jpeg = encoded(image, 90)
        tensor, _ = model.plan.prepare(image)
        bare.append(sum(_cpu_s(lambda t=tensor: model.invoke(t)) for _ in range(camera.glances)))
        for taken, frame in (
            (whole, Frame((2 * number + 1) * 5 * STEP_NS, pixels=image)),
            (coded, Frame((2 * number + 2) * 5 * STEP_NS, jpeg=jpeg)),
        ):
            taken.append(_cpu_s(lambda f=frame: _take(eye, f)))
    if eye.looks < 2 * rounds:
        raise RuntimeError(f"only {eye.looks} looks in {rounds} rounds")
    baseline = median(bare) * 1e3
    rows = []
    for what, taken, goal in (
        ("frame to detections to tracks, 720p", whole, MOST_RATIO),
        ("the same from JPEG, decoding included", coded, None),
    ):
        ratio = median(one / other for one, other in zip(taken, bare, strict=True))
        rows.append(
            Row(
                question=QUESTION, figure=f"{what}, {_glances(camera)} ({model.name})",
                ours=median(taken) * 1e3, unit="ms of CPU",
                baseline=baseline, baseline_name="as many bare invokes", ratio=ratio,
                goal="-" if goal is None else f"<= {goal}x", ok=None if goal is None else ratio <= goal,
            )
        )  # fmt: skip
    return rows


def _glances(camera: CameraConfig) -> str:
    return "one glance" if camera.glances == 1 else f"{camera.glances} glances"


def _static(model: Model, frames: int) -> Row:
    """The share of frames of a quiet street that cost less than MOST_MS beyond the small decoding."""
    eye, shape = _eye(QUIET, model, []), Shape(QUIET)
    cheap, costs = 0, list[float]()
    for number in range(frames):
        frame = Frame(number * STEP_NS, jpeg=encoded(_street(number, walker=False), 90))
        decode = min(_cpu_s(lambda f=frame: shape.grey(f)) for _ in range(2))
        cost = _cpu_s(lambda f=frame: _take(eye, f)) - decode
        costs.append(cost)
        cheap += cost * 1e3 < MOST_MS
    share = 100.0 * cheap / frames
    return Row(
        question=QUESTION,
        figure=f"frames of a quiet street below {MOST_MS} ms beyond decoding "
        f"(median {median(costs) * 1e3:.2f} ms, a timed look each {QUIET.look_every_s:g} s)",
        ours=share, unit="%", baseline=None, baseline_name="", ratio=None,
        goal=">= 95 %", ok=share >= 95.0,
    )  # fmt: skip


def _memory(file: Path, folder: Path, frames: int) -> Row:
    """The largest resident size of the process after that many frames of a busy street."""
    pictures = folder / "pictures"
    pictures.mkdir()
    for number in range(frames):
        (pictures / f"{number:05}.jpg").write_bytes(encoded(_street(number, walker=True), 90))
    config = CameraConfig(
        id="bench", source=f"folder:{pictures}", detector_file=file, zones=(ZONE,), paced=False
    )
    with subprocess.Popen(
        [sys.executable, "-m", "edge_agent.vision.worker"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"},
    ) as process:  # fmt: skip
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes")
        process.stdin.write(frame_of(Open(config=config, folder=str(folder / "kept"))))
        process.stdin.flush()
        seen = 0
        while "have been seen" not in getattr(word := _word(process), "reason", ""):
            seen += isinstance(word, Seen)
        status = Path(f"/proc/{process.pid}/status").read_text()
        process.stdin.close()
    if not seen:
        raise RuntimeError("the process saw nothing")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    return Row(
        question=QUESTION, figure=f"largest memory of the vision process, one 720p camera, {file.stem}",
        ours=peak / 1024, unit="MiB", baseline=None, baseline_name="", ratio=None,
        goal=f"<= {MOST_MIB} MiB", ok=peak / 1024 <= MOST_MIB,
    )  # fmt: skip


def _word(process: subprocess.Popen[bytes]) -> Heard:
    if process.stdout is None:
        raise RuntimeError("no pipe")
    return heard(process.stdout.read(length_of(process.stdout.read(4))))


def _take(eye: Eye, frame: Frame) -> None:
    job = eye.take(frame)
    if job is not None:
        job()


def _cpu_s(ask: object) -> float:
    begin = process_time()
    ask()  # type: ignore[operator]
    return process_time() - begin
