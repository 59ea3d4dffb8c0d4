"""/docs as a person meets it: a real Chromium, which reaches nothing but this machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from hub.config import HubConfig
from hub.store import schema
from hub.store.engine import Database
from tests.conftest import skip_or_fail
from tests.hub.uvicorn_server import serving

QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--disable-crash-reporter", "--disable-breakpad"),
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
STARTS = 4  # a browser that dies of a signal on a busy machine says nothing about our page


def rendered(url: str, profile: Path) -> str:
    """The page's document after its scripts ran."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        skip_or_fail("no Chromium: apt install chromium")
    for start in range(STARTS):
        arguments = [*QUIET, f"--user-data-dir={profile}-{start}", "--virtual-time-budget=10000"]
        done = subprocess.run(
            [str(chromium), *arguments, "--dump-dom", url],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        if done.returncode >= 0:
            break
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_browser_without_internet_shows_every_operation(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    database = Database.open(url)
    schema.migrate(database)
    database.close()
    with serving(HubConfig(database=url, data_dir=tmp_path)) as address:
        page = rendered(f"{address}/docs", tmp_path / "profile")
    shown = set(re.findall(r'data-path="([^"]+)"', page))
    wanted = {"/v1/work-orders", "/v1/work-orders/{order_id}/moves", "/v1/sync", "/v1/gateways"}
    assert wanted <= shown
    assert "Failed to load" not in page
