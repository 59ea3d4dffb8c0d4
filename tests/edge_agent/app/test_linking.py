"""Which adapter talks to the hub."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from contract.keys import PrivateKey
from edge_agent.app.linking import hub_link
from edge_agent.clock import SystemClock
from edge_agent.config.gateway import GatewayConfig, GatewayPart, HubPart, IdentityPart
from edge_agent.errors import StopError
from edge_agent.transports.hub_http import HttpHub
from edge_agent.transports.hub_mqtt import MqttHub

pytestmark = pytest.mark.anyio


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    key = PrivateKey.generate()
    (tmp_path / "box.pem").write_bytes(key.to_pem())
    (tmp_path / "box.pem").chmod(0o600)
    (tmp_path / "hub.pub").write_text(key.public.to_pem())
    return tmp_path


def config(folder: Path, url: str) -> GatewayConfig:
    return GatewayConfig(
        file=folder / "gw.toml",
        gateway=GatewayPart("baiyun", "cs-017", folder),
        identity=IdentityPart("cs-017#1", folder / "box.pem"),
        hub=HubPart("baiyun-hub", url, folder / "hub.pub"),
        devices=(),
        roles={},
        role_tables={},
    )


@pytest.mark.parametrize(
    ("url", "kind"),
    [("http://127.0.0.1:9", HttpHub), ("mqtt://127.0.0.1:9", MqttHub), ("mqtts://h", MqttHub)],
)
async def test_the_scheme_of_the_url_chooses(folder: Path, url: str, kind: type) -> None:
    link = hub_link(config(folder, url), SystemClock(floor_ns=0))
    assert type(link) is kind
    await link.close()


async def test_without_the_extra_the_person_is_told_which(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "edge_agent.transports.hub_mqtt")
    monkeypatch.setitem(sys.modules, "aiomqtt", None)
    with pytest.raises(StopError, match=r"edile\[mqtt\]"):
        hub_link(config(folder, "mqtts://broker.example"), SystemClock(floor_ns=0))


def test_the_agent_starts_without_knowing_mqtt() -> None:
    program = "import sys, edge_agent.app.building; print('aiomqtt' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
