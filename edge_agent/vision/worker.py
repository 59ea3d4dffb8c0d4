"""The vision process: all cameras of a gateway, in one process of their own that may crash alone.

`python -m edge_agent.vision.worker`, with words on its standard input and output. It ends when its
input ends, and by itself, saying why, when the detector hangs.

Threads: one for each camera, one that owns all models, one that writes words, one that counts seconds;
the main thread reads words.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import cv2

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.vision.camera_thread import CameraThread
from edge_agent.vision.detector import LookQueue
from edge_agent.vision.developing import Darkroom, Negative
from edge_agent.vision.eye import Eye
from edge_agent.vision.looking import Say
from edge_agent.vision.opening import open_one
from edge_agent.vision.outlook import standing_at
from edge_agent.vision.references import References
from edge_agent.vision.shelf import Opening, Shelf
from edge_agent.vision.sources.opening import open_source
from edge_agent.vision.sources.port import Pace, Source, boottime_ns
from edge_agent.vision.tracks import Numbers
from edge_agent.vision.view_state import ViewWatch
from edge_agent.vision.words import (
    Alive,
    AskClip,
    AskLook,
    AskReference,
    Clip,
    Close,
    Dying,
    Heard,
    Learned,
    Lost,
    Open,
    Referred,
    Stand,
    Told,
    frame_of,
    read_told,
)

WAITING_WORDS = 256
WAITING_BYTES = 32 * 1024 * 1024
TICK_S = 1.0
STUCK_S = 30.0
LAST_WORD_S = 2.0
STUCK_CODE, BUG_CODE = 70, 71

OpenSource = Callable[[CameraConfig, str | None, Pace], Source]


class Outgoing:
    """Words on their way to the agent: bounded in number and bytes. `say` never waits."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._waiting: queue.Queue[bytes] = queue.Queue(WAITING_WORDS)
        self._bytes, self._lock = 0, threading.Lock()
        self._idle = threading.Event()

    def say(self, word: Heard) -> bool:
        """False: there was no room."""
        frame = frame_of(word)
        with self._lock:
            if self._bytes and self._bytes + len(frame) > WAITING_BYTES:
                return False
            try:
                self._waiting.put_nowait(frame)
            except queue.Full:
                return False
            self._bytes += len(frame)
            self._idle.clear()
        return True

    def run(self) -> None:
        """In a thread of its own, until the agent is gone."""
        while True:
            frame = self._waiting.get()
            try:
                self._stream.write(frame)
                self._stream.flush()
            except (BrokenPipeError, ValueError):
                return
            with self._lock:
                self._bytes -= len(frame)
                if not self._bytes:
                    self._idle.set()

    def drain(self, seconds: float) -> None:
        """Waits until everything is written, not longer than that."""
        self._idle.wait(seconds)


class Worker:
    """`die` ends the process with a reason and a code."""

    def __init__(
        self,
        say: Say,
        shelf: Shelf,
        die: Callable[[str, int], None],
        *,
        now_ns: Callable[[], int] = boottime_ns,
        opens: OpenSource = open_source,
    ) -> None:
        self.queue = LookQueue(now_ns)
        self.darkroom = Darkroom(say, self.queue.put, threading.Event().wait)
        self._say, self._shelf, self._die = say, shelf, die
        self._now_ns, self._opens = now_ns, opens
        self._cameras: dict[str, CameraThread] = {}
        self._eyes: dict[str, Eye] = {}
        self._kept: dict[str, References] = {}
        self._clips: list[AskClip] = []
        self._owed: list[Learned] = []
        self._lock = threading.Lock()

    def take(self, word: Told) -> None:
        """One word of the agent."""
        if isinstance(word, Open):
            self._open(word)
        elif isinstance(word, Close):
            self._close(word.camera)
        elif isinstance(word, AskClip):
            with self._lock:
                self._clips.append(word)
        elif isinstance(word, AskReference):
            self._refer(word)
        else:
            self._pass_on(word)

    def tick(self) -> None:
        """Each second: counts, late looks, clips that are complete, references to keep."""
        stuck_s = self.queue.stuck_s()
        if stuck_s > STUCK_S:
            self._die(f"the detector has not answered for {stuck_s:.0f} s", STUCK_CODE)
        self._say(Alive())
        for camera, eye in self._running():
            eye.tick(self._now_ns())
            self._say(eye.counts())
            for preset, views in eye.learned().items():
                self._kept[camera].keep(preset, views)
                if len(views) == 1:
                    at_ns = self._now_ns()
                    self._owed.append(Learned(camera=camera, captured_ns=at_ns, stands=preset))
        self._owed = [word for word in self._owed if not self._say(word)]
        self._give_clips()

    def _open(self, word: Open) -> None:
        camera = word.config.id
        self._close(camera)
        self._kept[camera] = References(Path(word.folder), word.config)
        thread = CameraThread(
            camera,
            open_eye=lambda: self._eye(word),
            open_source=lambda wait: self._source(word, wait),
            queue=self.queue,
            lost=lambda reason: self._lost(camera, reason),
            now_ns=self._now_ns,
            newest_wins=word.config.paced,
        )
        with self._lock:
            self._cameras[camera] = thread
        thread.start()

    def _eye(self, word: Open) -> Eye:
        """The one from before, if nothing was changed: what stood in the street still stands there."""
        camera, config = word.config.id, word.config
        before = self._eyes.get(camera)
        if before is not None and before.config == config:
            before.numbers.following = max(before.numbers.following, word.first_track)
            before.begin_again()
            return before
        kept = self._kept[camera]
        self._eyes[camera] = Eye(
            config,
            self._shelf.models_of(config),
            self._say,
            numbers=Numbers(word.first_track),
            watch_of=lambda preset: ViewWatch(config.view, kept.load(preset)),
        )
        return self._eyes[camera]

    def _source(self, word: Open, wait: Callable[[float], bool]) -> Source:
        config = word.config
        pace = Pace(config.fps, self._now_ns, wait, config.paced, config.repeat)
        return self._opens(config, word.password, pace)

    def _close(self, camera: str) -> None:
        with self._lock:
            thread = self._cameras.pop(camera, None)
        if thread is not None:
            thread.end()

    def _lost(self, camera: str, reason: str) -> None:
        with self._lock:
            self._cameras.pop(camera, None)
        self._say(Lost(camera=camera, reason=reason))

    def _pass_on(self, word: Stand | AskLook) -> None:
        eye = dict(self._running()).get(word.camera)
        if eye is None:
            return  # the agent stops waiting by itself
        if isinstance(word, Stand):
            eye.stand(word.preset, moving=word.moving)
        else:
            eye.ask(word.look, word.preset, self._now_ns())

    def _refer(self, word: AskReference) -> None:
        """On disk before it counts: what was accepted is so after a restart, too."""
        eye = dict(self._running()).get(word.camera)
        if eye is None:
            return
        stands = standing_at(eye.config, word.preset)
        view = eye.view_of(stands, self._now_ns())
        reason = view if isinstance(view, str) else None
        if not isinstance(view, str):
            reason = self._kept[word.camera].keep(stands, [view])
            if reason is None:
                eye.refer(stands, view)
        self._say(Referred(camera=word.camera, key=word.key, reason=reason))

    def _running(self) -> list[tuple[str, Eye]]:
        with self._lock:
            return [(name, one.eye) for name, one in self._cameras.items() if one.eye is not None]

    def _give_clips(self) -> None:
        now_ns = self._now_ns()
        with self._lock:
            due = [one for one in self._clips if one.end_ns <= now_ns]
            self._clips = [one for one in self._clips if one.end_ns > now_ns]
        for one in due:
            self._develop(one)

    def _develop(self, asked: AskClip) -> None:
        eye = self._eyes.get(asked.camera)
        if eye is None:
            reason = "this camera was not opened since the start"
        elif self.darkroom.put(Negative(asked, eye.ring, eye.config, eye.models)):
            return
        else:
            reason = "too many clips wait to be made"
        self._say(Clip(camera=asked.camera, key=asked.key, frames=0, reason=reason))


def main(opening: Opening = open_one) -> int:
    """Until standard input ends. What libraries print goes to standard error, not among the words."""
    stream = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    cv2.setNumThreads(1)
    outgoing = Outgoing(stream)

    def die(reason: str, code: int) -> None:
        outgoing.say(Dying(reason))
        outgoing.drain(LAST_WORD_S)
        os._exit(code)  # a thread that hangs in a library cannot be asked to end

    def bug(told: Any) -> None:
        traceback.print_exception(told.exc_type, told.exc_value, told.exc_traceback)
        die(
            f"{told.exc_type.__name__} in {told.thread.name if told.thread else 'a thread'}",
            BUG_CODE,
        )

    threading.excepthook = bug
    worker = Worker(outgoing.say, Shelf(opening), die)
    for name, run in (
        ("words", outgoing.run),
        ("detector", worker.queue.run),
        ("clips", worker.darkroom.run),
        ("seconds", lambda: _seconds(worker)),
    ):
        threading.Thread(target=run, name=name, daemon=True).start()
    while (word := read_told(sys.stdin.buffer)) is not None:
        worker.take(word)
    os._exit(0)


def _seconds(worker: Worker) -> None:
    pause = threading.Event()
    while not pause.wait(TICK_S):
        worker.tick()


if __name__ == "__main__":
    sys.exit(main())
