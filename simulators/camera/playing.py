"""Plays a world in the time of a clock and keeps the newest picture for whoever asks."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TextIO

from simulators.camera.live import Frame, LiveCamera
from simulators.camera.mishaps import Mishap
from simulators.camera.world import TruthLine
from simulators.scenes.scene import Label


@dataclass(slots=True)
class Player:
    """`scale`: seconds of the world in one of the clock. `truth` is written as things become certain.
    Safe to be asked from several threads."""

    camera: LiveCamera
    scale: float = 1.0
    truth: TextIO | None = None
    with_labels: bool = False
    _ready: threading.Condition = field(default_factory=threading.Condition)
    _frame: Frame | None = None
    _number: int = 0
    _prompts: list[str] = field(default_factory=list)
    _tidies: bool = False
    _awaited: bool = False
    _told: set[str] = field(default_factory=set)

    def play(self, clock_s: float) -> bool:
        """Makes the picture of this moment; False when the world has ended."""
        t = clock_s * self.scale
        world = self.camera.world
        with self._ready:
            prompts, self._prompts = self._prompts, []
            tidies, self._tidies = self._tidies, False
            awaited, self._awaited = self._awaited, False
        lines = world.advance(min(t, world.length_s))
        for words in prompts:
            world.hear(t, words)
        if tidies:
            world.tidy(t)
        lines += world.advance(min(t, world.length_s))
        for mishap in self.camera.mishaps:
            lines += self._mishap_lines(mishap, t)
        frame = self.camera.frame(t)
        if self.with_labels:
            lines.append(_seen(frame, awaited=awaited))
        self.write(lines)
        with self._ready:
            self._frame, self._number = frame, self._number + 1
            self._ready.notify_all()
        return t < world.length_s

    def close(self, clock_s: float) -> None:
        self.write(self.camera.world.close(min(clock_s * self.scale, self.camera.world.length_s)))
        with self._ready:
            self._frame, self._number = None, -1
            self._ready.notify_all()

    def hear(self, words: str) -> None:
        """A voice prompt; it counts from the next picture on."""
        with self._ready:
            self._prompts.append(words)

    def tidy(self) -> None:
        """Everything is put in order, from the next picture on."""
        with self._ready:
            self._tidies = True

    def newest(self) -> Frame | None:
        with self._ready:
            return self._frame

    def after(self, number: int, patience_s: float = 10.0) -> tuple[int, Frame | None]:
        """The next picture that is newer than `number`; −1 when there will be none."""
        with self._ready:
            self._awaited = True
            self._ready.wait_for(lambda: self._number not in (number, 0), patience_s)
            return self._number, self._frame

    def _mishap_lines(self, mishap: Mishap, t: float) -> list[TruthLine]:
        name = f"{mishap.kind}-{mishap.begins:g}"
        if t < mishap.begins or name in self._told:
            return []
        self._told.add(name)
        return [
            {"t": mishap.begins, "kind": f"camera-{mishap.kind}", "id": name, "until": mishap.ends}
        ]

    def write(self, lines: list[TruthLine]) -> None:
        """Adds to the truth."""
        if self.truth is not None and lines:
            self.truth.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            self.truth.flush()


def _seen(frame: Frame, *, awaited: bool) -> TruthLine:
    """`awaited`: somebody waited for this picture."""
    return {
        "t": round(frame.t, 3),
        "kind": "seen",
        "id": f"seen-{frame.t:.3f}",
        "awaited": awaited,
        "labels": [_plain(label) for label in frame.labels],
    }


def _plain(label: Label) -> dict[str, object]:
    return {
        "label": label.label,
        "box": label.box,
        "hidden": label.hidden,
        "outside": label.outside,
    }
