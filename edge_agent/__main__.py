"""`python -m edge_agent run --config gw.toml`: the lightest way to run a gateway, for systemd."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge_agent.app.running import run
from edge_agent.errors import StopError

EXIT_STOPPED = 2


def main(arguments: list[str] | None = None) -> int:
    """Exit 0 after an orderly end, 2 with one line when it must not run; a bug ends in 1."""
    parser = argparse.ArgumentParser(prog="edge_agent", description=__doc__)
    parser.add_argument("command", choices=["run"])
    parser.add_argument("--config", type=Path, required=True, help="the gateway's file")
    given = parser.parse_args(arguments)
    try:
        return run(given.config)
    except StopError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the person at the terminal, or the journal
        return EXIT_STOPPED


if __name__ == "__main__":
    sys.exit(main())
