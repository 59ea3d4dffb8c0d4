"""The head of a camera that turns, against a simulated ONVIF camera."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable

import httpx
import pytest

from edge_agent.drivers.camera.onvif import OnvifHead, digest
from edge_agent.errors import DeviceRefused, DeviceUnreachable
from tests.edge_agent.drivers.camera.onvif_camera import OnvifCamera

URL = "http://10.0.0.7:8000/onvif/device_service"


def played(
    camera: OnvifCamera, script: Callable[[OnvifHead], Awaitable[None]], password: str = "secret"
) -> None:
    async def all_of_it() -> None:
        head = OnvifHead(URL, "edile", password, transport=camera.transport(), entropy=bytes)
        await script(head)
        await head.close()

    asyncio.run(all_of_it())


def test_the_digest_is_that_of_the_onvif_programmer_s_guide() -> None:
    """ONVIF Application Programmer's Guide 1.0 (2011), §6.1.1.3."""
    nonce = base64.b64decode("LKqI6G/AikKCQrN0zqZFlg==")
    assert digest(nonce, "2010-09-16T07:50:45Z", "userpassword") == "tuOSpGlFlIXsozq4HFNeeGeFLEI="


@pytest.mark.parametrize("name", ["2", "shop fronts"])
def test_it_goes_to_a_preset_by_token_or_name_and_tells_when_it_is_there(name: str) -> None:
    camera = OnvifCamera(asks=2)

    async def script(head: OnvifHead) -> None:
        await head.go(name)
        assert [await head.moves() for _ in range(3)] == [True, True, False]

    played(camera, script)
    assert camera.at == "2"
    assert "/onvif/ptz_service GotoPreset" in camera.calls  # its path, our host


def test_a_camera_that_does_not_tell_whether_it_moves_says_nothing() -> None:
    camera = OnvifCamera()
    camera.tells_motion = False

    async def script(head: OnvifHead) -> None:
        assert await head.moves() is None

    played(camera, script)


def test_a_preset_that_is_not_there_is_refused_with_those_that_are() -> None:
    async def script(head: OnvifHead) -> None:
        with pytest.raises(
            DeviceRefused, match=r"no preset 'x'; it has home \(1\), shop fronts \(2\)"
        ):
            await head.go("x")

    played(OnvifCamera(), script)


def test_a_wrong_password_is_refused_and_not_shown() -> None:
    async def script(head: OnvifHead) -> None:
        with pytest.raises(DeviceRefused, match="the login is refused") as caught:
            await head.go("1")
        assert "wr0ng" not in str(caught.value)

    played(OnvifCamera(), script, password="wr0ng")


def test_a_camera_that_wants_the_login_of_http_gets_it() -> None:
    camera = OnvifCamera()
    camera.http_login = True

    async def script(head: OnvifHead) -> None:
        await head.go("shop fronts")

    played(camera, script)
    assert camera.at == "2"

    async def in_vain(head: OnvifHead) -> None:
        with pytest.raises(DeviceRefused, match="the login is refused") as caught:
            await head.go("1")
        assert "wr0ng" not in str(caught.value)

    played(camera, in_vain, password="wr0ng")
    assert camera.at == "2"


@pytest.mark.parametrize("nonsense", ["", "<html>", "<a/>", "<?xml version='1.0'?><!DOCTYPE x>"])
def test_what_is_no_onvif_is_unreachable(nonsense: str) -> None:
    camera = OnvifCamera()
    camera.broken = nonsense

    async def script(head: OnvifHead) -> None:
        with pytest.raises(DeviceUnreachable):
            await head.go("1")

    played(camera, script)


def test_a_camera_that_is_not_there_is_unreachable() -> None:
    def gone(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    async def script() -> None:
        head = OnvifHead(URL, None, None, transport=httpx.MockTransport(gone))
        with pytest.raises(DeviceUnreachable, match="ConnectError"):
            await head.go("1")
        await head.close()

    asyncio.run(script())
