"""The demo's loudspeaker: `python -m edile.demo.voice URL FILE` lets the people hear the file's words.

It is what a sound file's player is on a real gateway (`player = "aplay -q"`): a program that gets the
file's name and ends when all was said. It imports little, because it is started for every prompt.
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from pathlib import Path

PATIENCE_S = 5.0


def main(url: str, file: str) -> int:
    """0 when it was heard."""
    asked = urllib.request.Request(url, Path(file).read_bytes(), method="POST")  # noqa: S310 - http
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(asked, timeout=PATIENCE_S):
            return 0
    except (urllib.error.URLError, OSError) as error:
        print(f"{url}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
