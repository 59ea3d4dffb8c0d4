"""What the platform says to a terminal."""

from __future__ import annotations

import pytest

from firmware_bridges.jt808 import (
    Message,
    TerminalVoice,
    general_reply,
    registration_reply,
    resend_request,
    text_message,
)
from tests.firmware_bridges.jt808.test_jt808 import decoded


# What the platform says: frames of xtream-codec (2019) with their fields beside them.
def header_of(terminal: str, number: int, serial: int, *, version: int) -> Message:
    voice = TerminalVoice(terminal, version, serial)
    (found,) = decoded(voice.frames(number)[0][1])
    assert isinstance(found, Message)
    return found


def test_replies_are_written_as_another_implementation_writes_them() -> None:
    new = {"terminal": "13912344329", "version": 2019}
    asked = header_of(number=0x0002, serial=111, **new).header._replace(id=0x0200)  # type: ignore[arg-type]
    assert general_reply(asked, 0, 0) == bytes.fromhex(
        "7e8001400501000000000139123443290000006f020000dc7e"
    )
    assert registration_reply(asked, 0, 0, "ok..ok..ok") == bytes.fromhex(
        "7e8100400d01000000000139123443290000006f006f6b2e2e6f6b2e2e6f6bd27e"
    )
    assert resend_request(asked, 111, (2, 3, 4), 0) == bytes.fromhex(
        "7e8003400a01000000000139123443290000006f0003000200030004d57e"
    )
    assert text_message(asked, "HelloWorld 汉字 GBK 编码", 0, flags=1) == bytes.fromhex(
        "7e8300401a01000000000139123443290000010148656c6c6f576f726c6420babad7d62047424b20b1e0c2ebbb7e"
    )
    old = header_of("013912344323", 0x0002, 0, version=2013).header
    assert resend_request(old, 111, (2, 3, 4), 0) == bytes.fromhex(
        "7e800300090139123443230000006f030002000300049d7e"
    )
    assert text_message(old, "HelloWorld 汉字 GBK 编码", 0, flags=1) == bytes.fromhex(
        "7e8300001901391234432300000148656c6c6f576f726c6420babad7d62047424b20b1e0c2ebf27e"
    )


def test_what_the_platform_says_fits_one_message_whatever_the_terminal_did() -> None:
    for version in (2013, 2019):
        header = header_of("42", 0x0002, 0, version=version).header
        assert decoded(resend_request(header, 1, range(1, 1_025), 0))
        most = 1_023 - (2 if version == 2019 else 1)
        (told,) = decoded(text_message(header, "x" * most, 0))
        assert isinstance(told, Message)
        with pytest.raises(ValueError, match=f"at most {most} bytes"):
            text_message(header, "x" * (most + 1), 0)
        assert decoded(registration_reply(header, 0, 0, "\U0001f600"))
