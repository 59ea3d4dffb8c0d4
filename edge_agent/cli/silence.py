"""What libraries print by themselves is not for the person who typed a command, and may name a password."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

STDERR = 2


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Runtimes and FFmpeg write to standard error, where one line to a person is expected."""
    kept = os.dup(STDERR)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), STDERR)
        yield
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)
