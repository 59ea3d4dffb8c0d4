"""TLS to a pinned authority, with and without a clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge_agent.errors import HubDatesWrong, HubUnreachable, StopError
from edge_agent.ports import HubRequest
from edge_agent.transports.hub_http import HttpHub
from tests.edge_agent.uplink.test_hub_link_conformance import mirror
from tests.fakes.certificates import Authority
from tests.fakes.http_server import serving

FIRST = dt.datetime(2010, 1, 1, tzinfo=dt.UTC)
LAST = dt.datetime(2012, 1, 1, tzinfo=dt.UTC)
WITHIN = dt.datetime(2011, 6, 1, tzinfo=dt.UTC).timestamp()
AFTER = dt.datetime(2012, 6, 1, tzinfo=dt.UTC).timestamp()
PLAIN: dict[str, Any] = {}
NO_DATES: dict[str, Any] = {"check_dates": False}
HUB_TIME: dict[str, Any] = {"true_utc_s": WITHIN}


@dataclass(frozen=True)
class Site:
    """A hub whose certificate was valid in 2010 and 2011 only: to it, our clock is far ahead."""

    port: int
    ca_file: Path
    other_ca_file: Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("tls")
    authority, other = Authority.make(), Authority.make("someone else")
    certificate = authority.issue("localhost", FIRST, LAST, folder)
    with serving(mirror, certificate) as port:
        yield Site(port, authority.write(folder / "ca.pem"), other.write(folder / "other.pem"))


async def get(url: str, ca_file: Path, **how: Any) -> int:
    link = HttpHub(url, ca_file)
    try:
        return (await link.send(HubRequest("GET", "/v1/time", {}, **how))).status
    finally:
        await link.close()


@pytest.mark.anyio
async def test_dates_are_judged_by_the_system_clock_at_first(site: Site) -> None:
    with pytest.raises(HubDatesWrong, match="expired"):
        await get(f"https://localhost:{site.port}", site.ca_file)


@pytest.mark.anyio
async def test_without_dates_the_time_can_be_asked_for(site: Site) -> None:
    assert await get(f"https://localhost:{site.port}", site.ca_file, **NO_DATES) == 200


@pytest.mark.anyio
async def test_once_the_hub_told_the_time_dates_are_judged_by_it(site: Site) -> None:
    url = f"https://localhost:{site.port}"
    assert await get(url, site.ca_file, **HUB_TIME) == 200
    with pytest.raises(HubDatesWrong, match="valid Jan"):
        await get(url, site.ca_file, true_utc_s=AFTER)


@pytest.mark.anyio
@pytest.mark.parametrize("how", [PLAIN, NO_DATES, HUB_TIME])
async def test_a_wrong_authority_fails_however_dates_are_judged(
    site: Site, how: dict[str, Any]
) -> None:
    with pytest.raises(HubUnreachable, match="certificate refused"):
        await get(f"https://localhost:{site.port}", site.other_ca_file, **how)


@pytest.mark.anyio
@pytest.mark.parametrize("how", [NO_DATES, HUB_TIME])
async def test_a_wrong_name_fails_however_dates_are_judged(site: Site, how: dict[str, Any]) -> None:
    with pytest.raises(HubUnreachable, match=r"certificate refused.*127"):
        await get(f"https://127.0.0.1:{site.port}", site.ca_file, **how)


@pytest.mark.anyio
async def test_plain_text_from_a_tls_port_is_unreachable(site: Site) -> None:
    with pytest.raises(HubUnreachable):
        await get(f"http://127.0.0.1:{site.port}", site.ca_file)


@pytest.mark.parametrize(
    "url", ["hub.example", "ftp://hub", "https://", "http://hub.example", "http://10.0.0.1:80"]
)
def test_an_address_that_cannot_be_right_stops_with_its_key(url: str) -> None:
    with pytest.raises(StopError, match=r"hub\.url"):
        HttpHub(url)


def test_a_file_that_holds_no_authority_stops_with_its_name(tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    empty.write_text("not a certificate")
    for path in (empty, tmp_path / "absent.pem", tmp_path):
        with pytest.raises(StopError, match=str(path)):
            HttpHub("https://hub.example", path)
