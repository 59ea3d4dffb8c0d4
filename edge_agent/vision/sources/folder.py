"""Pictures in a folder, by name: in real time, or as fast as they can be looked at.

In real time the folder is a camera that writes files (FTP): at its end new names are waited for, and
where several have come the newest is taken. A file that is still being written is waited for: half a
picture decodes, and would be a change of the scene that never was. As fast as possible, capture times
go on by 1/fps for each picture, and the end is the end.
"""

from __future__ import annotations

from pathlib import Path

from edge_agent.vision.frames import Frame, decoded
from edge_agent.vision.jpeg import MAX_PICTURE, START
from edge_agent.vision.sources.port import Pace, SourceLost
from edge_agent.vision.stills.header import is_whole

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
COLOUR = 1  # cv2.IMREAD_COLOR
LOOK_AGAIN_S = 0.2
GROWS_S = 5.0  # without a byte more: nobody writes any more


class FolderSource:
    """`folder` is read again when its names are used up."""

    def __init__(self, folder: Path, pace: Pace) -> None:
        self.skipped = self.refused = 0
        self._folder, self._pace = folder, pace
        self._due_ns = pace.now_ns()
        self._last, self._waiting = "", self._names("")
        self._unfinished: tuple[str, int, int] | None = None  # name, bytes, since when
        if not self._waiting and not pace.paced:
            raise SourceLost(f"no pictures in {folder}")

    def read(self) -> Frame | None:
        if not self._waiting and not self._refill():
            return None
        if self._pace.paced and self._early():
            return None
        content = self._content(self._folder / self._waiting[0])
        if not is_whole(content) and self._grows(len(content)):
            self._pace.wait(LOOK_AGAIN_S)
            return None
        at_ns = self._due_ns if not self._pace.paced else self._pace.now_ns()
        self._due_ns = max(self._due_ns, at_ns) + self._pace.step_ns
        self._last = self._waiting.pop(0)
        return self._frame(content, at_ns)

    def close(self) -> None:
        """Nothing stays open."""

    def _refill(self) -> bool:
        self._waiting = self._names(self._last)
        if not self._waiting and self._pace.repeat and self._last:
            self._last, self._waiting = "", self._names("")
        if self._waiting:
            if self._pace.paced and self._last:
                self.skipped += len(self._waiting) - 1
                self._waiting = self._waiting[-1:]
            return True
        if not self._pace.paced:
            raise SourceLost(f"all pictures of {self._folder} have been seen")
        self._pace.wait(LOOK_AGAIN_S)
        return False

    def _early(self) -> bool:
        left_ns = self._due_ns - self._pace.now_ns()
        return left_ns > 0 and self._pace.wait(left_ns / 1e9)

    def _names(self, after: str) -> list[str]:
        try:
            found = [one.name for one in self._folder.iterdir() if one.suffix.lower() in ENDINGS]
        except OSError as error:
            raise SourceLost(
                f"the folder {self._folder} cannot be read: {error.strerror}"
            ) from error
        return sorted(name for name in found if name > after)

    def _content(self, file: Path) -> bytes:
        """Nothing of what cannot be read."""
        try:
            with file.open("rb") as opened:
                return opened.read(MAX_PICTURE)
        except OSError:
            return b""

    def _grows(self, size: int) -> bool:
        """Whether somebody may still be writing the first that waits: the last of all, and it has grown
        not long ago."""
        if not self._pace.paced or len(self._waiting) > 1:
            return False
        now_ns, before = self._pace.now_ns(), self._unfinished
        if before is None or before[:2] != (self._waiting[0], size):
            self._unfinished = self._waiting[0], size, now_ns
            return True
        return now_ns - before[2] < int(GROWS_S * 1e9)

    def _frame(self, content: bytes, at_ns: int) -> Frame | None:
        if not is_whole(content):
            self.refused += 1
            return None
        if content.startswith(START):
            return Frame(at_ns, jpeg=content)
        pixels = decoded(content, COLOUR)
        if pixels is None:
            self.refused += 1
            return None
        return Frame(at_ns, pixels=pixels)
