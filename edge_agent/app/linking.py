"""The way to the hub, by the scheme of hub.url."""

from __future__ import annotations

from edge_agent.config.gateway import GatewayConfig
from edge_agent.errors import StopError
from edge_agent.identity import load_command_key, load_identity
from edge_agent.ports import Clock, HubLink
from edge_agent.transports.hub_http import HttpHub
from edge_agent.uplink.signing import connect_token


def hub_link(config: GatewayConfig, clock: Clock) -> HubLink:
    """StopError when the adapter's packages are not installed."""
    hub, place = config.hub, config.gateway
    if not hub.url.startswith("mqtt"):
        return HttpHub(hub.url, hub.ca_file)
    try:
        from edge_agent.transports.hub_mqtt import MqttHub  # noqa: PLC0415 - extra `mqtt`
    except ModuleNotFoundError as error:
        raise StopError(
            f"hub.url {hub.url}: MQTT needs the package {error.name}: pip install 'edile[mqtt]'"
        ) from error
    identity = load_identity(config.identity.kid, config.identity.key_file)
    return MqttHub(
        hub.url,
        district=place.district,
        slot=place.slot,
        command_key=load_command_key(hub.command_key),
        password=lambda now_s: connect_token(identity, hub.id, now_s),
        clock=clock,
        ca_file=hub.ca_file,
    )
