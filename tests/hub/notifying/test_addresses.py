"""Where a webhook may go, row by row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.notifying.addresses import TargetRefused, refusal, target_of

INWARD = {
    "127.0.0.1": "this machine",
    "127.8.8.8": "this machine, too",
    "0.0.0.0": "this machine to Linux",
    "::1": "this machine",
    "::": "this machine to Linux",
    "10.0.0.1": "RFC 1918",
    "172.16.0.1": "RFC 1918",
    "172.31.255.255": "RFC 1918",
    "192.168.1.1": "RFC 1918",
    "169.254.169.254": "metadata of most clouds",
    "169.254.1.1": "link-local",
    "100.100.100.200": "metadata of Alibaba Cloud",
    "100.64.0.1": "RFC 6598, behind a carrier",
    "168.63.129.16": "WireServer of Azure, public by number",
    "192.0.0.192": "metadata of Oracle Cloud, once",
    "198.18.0.1": "RFC 2544, for benchmarks",
    "192.0.2.1": "for documents",
    "203.0.113.9": "for documents",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "everybody here",
    "192.88.99.1": "relays of 6to4",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local with its zone",
    "2606:4700:4700::1111%eth0": "a zone where none belongs",
    "fc00::1": "unique local",
    "fd00:ec2::254": "metadata of AWS",
    "fec0::1": "site-local, once",
    "ff02::1": "multicast",
    "2001:db8::1": "for documents",
    "::ffff:127.0.0.1": "this machine in IPv6",
    "::ffff:169.254.169.254": "metadata in IPv6",
    "::127.0.0.1": "this machine in IPv6, the old way",
    "64:ff9b::7f00:1": "this machine through NAT64",
    "64:ff9b::a9fe:a9fe": "metadata through NAT64",
    "64:ff9b:1::1": "NAT64 of one network",
    "2002:7f00:1::": "this machine through 6to4",
    "2002:a9fe:a9fe::1": "metadata through 6to4",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "Teredo",
    "2001:1::1": "protocol assignments",
    "3fff::1": "for documents",
    "100::1": "into the void",
    "5f00::1": "segment routing",
    "not an address": "nothing",
}
OUTWARD = [
    "1.1.1.1",
    "114.114.114.114",
    "2606:4700:4700::1111",
    "::ffff:1.1.1.1",
    "2002:101:101::1",
]


@pytest.mark.parametrize("address", INWARD, ids=lambda one: one.replace("%", "-"))
def test_nothing_is_sent_inward(address: str) -> None:
    assert refusal(address) is not None, INWARD[address]


@pytest.mark.parametrize("address", OUTWARD)
def test_the_public_internet_may_be_reached(address: str) -> None:
    assert refusal(address) is None


@given(st.ip_addresses())
def test_every_address_is_judged_and_none_of_a_private_network_passes(address: object) -> None:
    if address.is_private or address.is_link_local or address.is_loopback:  # type: ignore[attr-defined]
        assert refusal(str(address)) is not None
    refusal(str(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",  # readable on the way
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "gopher://hooks.example/",
        "https://",
        "https:///path",
        "hooks.example/path",
        "https://user@hooks.example/",
        "https://user:pw@hooks.example/",
        "https://hooks.example/#part",
        "https://hooks.example:0/",
        "https://hooks.example:99999/",
        "https://hooks.example:http/",
        "https://[::1/",
        "https://hooks.example/a b",
        "https://hooks.example/\r\nX-Evil: 1",
        "https://例子.example/",
        "https://hooks.example/" + "x" * 2_000,
    ],
)
def test_what_is_no_plain_https_url_is_refused(url: str) -> None:
    with pytest.raises(TargetRefused):
        target_of(url, ())


def test_a_url_is_taken_apart() -> None:
    target = target_of("https://Hooks.Example/in?a=1", ())
    assert (target.scheme, target.host, target.port, target.allowed) == (
        "https",
        "hooks.example",
        443,
        False,
    )
    assert target_of("https://[2606:4700::1]:8443/", ()).host == "2606:4700::1"


def test_a_host_that_the_operator_names_may_be_plain_http_and_only_that_one() -> None:
    allowed = ("10.3.0.7", "intake.city.example")
    assert target_of("http://10.3.0.7:8080/in", allowed).allowed
    assert target_of("http://INTAKE.city.example/in", allowed).port == 80
    for url in ("http://intake.city.example.evil.example/", "http://10.3.0.70/"):
        with pytest.raises(TargetRefused):
            target_of(url, allowed)
