"""What a hub is started with. Read once, passed on in parts."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class HubConfig:
    """`database` is an SQLAlchemy URL; `data_dir` holds the hub's keys and the evidence. `sweep_every_s`
    None: orders' own steps are another process's. A gateway not heard for `silent_after_s` is a problem; an
    idle one says something every 5 minutes, on a metered link every 30. `utc_ns` and `entropy` are the clock
    and the source of random bytes: tests give their own."""

    database: str
    data_dir: Path
    hub_id: str = "edile-hub"
    district: str = "district"
    backup_to: Path | None = None
    backup_every_s: float | None = None
    backups_kept: int = 4
    sweep_every_s: float | None = 5.0
    silent_after_s: float = 3600.0
    utc_ns: Callable[[], int] = time.time_ns
    entropy: Callable[[int], bytes] = secrets.token_bytes
