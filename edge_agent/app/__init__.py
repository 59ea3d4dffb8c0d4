"""Builds the agent in one place and runs it: one process, one TaskGroup."""

from __future__ import annotations

import sys

# httpx imports its own command line, and with it rich, click and pygments, wherever they are
# installed: 8 MB and a fifth of the start of an agent that has no use for them. It does without
# when that one module cannot be imported (httpx/__init__.py).
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
