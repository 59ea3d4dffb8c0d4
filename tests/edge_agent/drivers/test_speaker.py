"""Loudspeakers: the driver over every way to make a prompt heard."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from edge_agent.config.devices.speaker import PromptConfig, SpeakerConfig
from edge_agent.drivers.parts import DriverParts
from edge_agent.drivers.speaker.choice import speaker_of
from edge_agent.drivers.speaker.driver import SpeakerDriver
from edge_agent.errors import DeviceRefused, DeviceUnreachable
from edge_agent.ports import Say, Switch, Transport
from edge_agent.readings import LineStatus, Reading
from edge_agent.transports.memory import MemoryLine, MemoryTransport
from firmware_bridges import dfplayer
from tests.fakes.clock import FakeClock
from tests.fakes.modbus_line import AnsweringLine

MODULE = SpeakerConfig(
    id="sp-1",
    kind="dfplayer",
    link="serial:/dev/ttyUSB0",
    prompts=(PromptConfig("wrong-bin", track=3, seconds=2), PromptConfig("thanks", track=4)),
)
CONFIRMED = dfplayer.encode(dfplayer.ACKNOWLEDGED)
Script = Callable[["Stand"], Awaitable[None]]


class Stand:
    """A speaker's driver under a clock moved by hand; `line` is the module's end of its wire."""

    def __init__(self, config: SpeakerConfig) -> None:
        self.clock, self.line = FakeClock(), MemoryLine()
        self.readings: list[Reading] = []
        self.parts = DriverParts(self.clock, self._transport)
        self.driver = SpeakerDriver(config, lambda: speaker_of(config, self.parts), self.clock)

    def _transport(self, _link: str) -> Transport:
        return MemoryTransport(self.line, self.clock)

    async def emit(self, reading: Reading) -> None:
        self.readings.append(reading)

    def play(self, script: Script) -> None:
        async def both() -> None:
            running = asyncio.create_task(self.driver.run(self.emit))
            await self.clock.settle()
            await script(self)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        asyncio.run(both())

    def say(self, prompt: str, text: str | None = None) -> asyncio.Task[None]:
        return asyncio.create_task(self.driver.perform(Say(prompt, text)))


def test_a_prompt_is_said_once_the_module_confirms() -> None:
    async def script(stand: Stand) -> None:
        said = stand.say("wrong-bin")
        await stand.clock.settle()
        assert bytes(stand.line.sent) == bytes.fromhex("7EFF0603010003FEF4EF")
        assert not said.done()
        stand.line.feed(dfplayer.encode(0x3D, 1) + CONFIRMED)  # the end of an earlier track first
        await stand.clock.settle()
        assert said.done()
        await said

    stand = Stand(MODULE)
    stand.play(script)
    assert stand.driver.counts["said"] == 1


def test_the_next_prompt_waits_until_the_first_has_been_heard() -> None:
    async def script(stand: Stand) -> None:
        first, second = stand.say("wrong-bin"), stand.say("thanks")
        await stand.clock.settle()
        stand.line.feed(CONFIRMED)
        await stand.clock.advance(1.8)
        assert first.done()
        assert len(stand.line.sent) == dfplayer.LENGTH
        stand.line.feed(CONFIRMED)
        await stand.clock.advance(0.4)
        assert second.done()
        assert bytes(stand.line.sent[dfplayer.LENGTH :]) == dfplayer.play(4)

    Stand(MODULE).play(script)


def test_the_module_s_own_refusal_is_told_in_words() -> None:
    async def script(stand: Stand) -> None:
        said = stand.say("wrong-bin")
        await stand.clock.settle()
        stand.line.feed(dfplayer.encode(dfplayer.ERROR, 6))
        with pytest.raises(DeviceRefused, match="no such file"):
            await said

    Stand(MODULE).play(script)


def test_a_module_that_does_not_confirm_is_lost_and_so_is_who_waits() -> None:
    async def script(stand: Stand) -> None:
        said = stand.say("wrong-bin")
        await stand.clock.advance(1.1)
        with pytest.raises(DeviceUnreachable, match="did not confirm"):
            await said
        with pytest.raises(DeviceUnreachable, match="not connected"):
            await stand.driver.perform(Say("thanks"))

    Stand(MODULE).play(script)


def test_it_says_what_it_cannot_do() -> None:
    async def script(stand: Stand) -> None:
        with pytest.raises(DeviceRefused, match="has no prompt 'hello'; it has wrong-bin, thanks"):
            await stand.driver.perform(Say("hello"))
        with pytest.raises(DeviceRefused, match="cannot read a text out"):
            await stand.driver.perform(Say("", "anything"))
        with pytest.raises(DeviceRefused, match="can only speak"):
            await stand.driver.perform(Switch(on=True))

    Stand(MODULE).play(script)


def test_a_speaker_at_rest_is_up_and_says_so_every_second() -> None:
    async def script(stand: Stand) -> None:
        await stand.clock.advance(3.0)

    stand = Stand(MODULE)
    stand.play(script)
    statuses = [one for one in stand.readings if isinstance(one, LineStatus)]
    assert len(statuses) == 4
    assert all(one.passive for one in statuses)


def program(folder: Path, script: str) -> str:
    path = folder / "player"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def of_files(folder: Path, script: str) -> SpeakerConfig:
    sound = folder / "thanks.wav"
    sound.write_bytes(b"RIFF")
    return SpeakerConfig(
        id="sp-1",
        kind="file",
        prompts=(
            PromptConfig("thanks", file=sound, seconds=0.5),
            PromptConfig("gone", file=folder / "no.wav"),
        ),
        player=program(folder, script),
    )


def test_a_file_is_played_by_a_real_program_of_the_machine(tmp_path: Path) -> None:
    async def script(stand: Stand) -> None:
        await stand.say("thanks")
        gone = stand.say("gone")
        await stand.clock.advance(1.0)
        with pytest.raises(DeviceRefused, match="there is no file"):
            await gone

    stand = Stand(of_files(tmp_path, f'echo "$1" > {tmp_path}/played'))
    stand.play(script)
    assert (tmp_path / "played").read_text().strip() == str(tmp_path / "thanks.wav")


def test_a_program_that_fails_is_quoted(tmp_path: Path) -> None:
    async def script(stand: Stand) -> None:
        with pytest.raises(DeviceRefused, match="no such card"):
            await stand.say("thanks")

    Stand(of_files(tmp_path, "echo 'no such card' >&2; exit 1")).play(script)


def test_a_machine_without_the_program_says_what_to_install(tmp_path: Path) -> None:
    config = of_files(tmp_path, "")
    absent = SpeakerConfig(id="sp-1", kind="file", prompts=config.prompts, player="no-such-player")
    stand = Stand(absent)
    with pytest.raises(DeviceUnreachable, match="apt install alsa-utils"):
        asyncio.run(stand.driver.run(stand.emit))


def test_a_terminal_reads_a_text_out_through_its_server() -> None:
    config = SpeakerConfig(
        id="sp-1",
        kind="terminal",
        server="terms-1",
        terminal="13912345678",
        prompts=(PromptConfig("stop", text="请停车"),),
    )
    told: list[tuple[str, str]] = []

    async def say(terminal: str, text: str) -> None:
        told.append((terminal, text))

    async def script(stand: Stand) -> None:
        await stand.say("stop")
        free = stand.say("", "请掉头")
        await stand.clock.advance(4.0)
        await free

    stand = Stand(config)
    stand.parts.voices["terms-1"] = say
    stand.play(script)
    assert told == [("13912345678", "请停车"), ("13912345678", "请掉头")]


def test_without_its_server_a_terminal_s_voice_is_not_there() -> None:
    config = SpeakerConfig(
        id="sp-1",
        kind="terminal",
        server="terms-9",
        terminal="1",
        prompts=(PromptConfig("stop", text="x"),),
    )
    stand = Stand(config)
    with pytest.raises(DeviceUnreachable, match="no terminal server 'terms-9'"):
        asyncio.run(stand.driver.run(stand.emit))


# Product page of a Modbus sound module: track 1 is 01 06 00 03 00 01 B8 0A, echoed when it plays.
PLAY_1 = bytes.fromhex("0106000300 01B80A".replace(" ", ""))
ON_BUS = SpeakerConfig(
    id="sp-1", kind="modbus-mp3", link="serial:bus", prompts=(PromptConfig("thanks", track=1),)
)


def on_bus(config: SpeakerConfig, answer: Callable[[bytes], bytes]) -> tuple[Stand, AnsweringLine]:
    stand = Stand(config)
    line = AnsweringLine(stand.clock, answer)
    stand.parts = DriverParts(stand.clock, lambda _link: line)
    stand.driver = SpeakerDriver(config, lambda: speaker_of(config, stand.parts), stand.clock)
    return stand, line


def test_a_modbus_module_plays_what_is_written_into_its_register() -> None:
    async def script(stand: Stand) -> None:
        said = stand.say("thanks")
        await stand.clock.advance(2.0)
        await said

    stand, line = on_bus(ON_BUS, lambda request: request)
    stand.play(script)
    assert line.asked == [PLAY_1]


def test_a_modbus_module_s_refusal_and_silence_are_told_apart() -> None:
    async def refused(stand: Stand) -> None:
        said = stand.say("thanks")
        await stand.clock.advance(2.0)
        with pytest.raises(DeviceRefused, match="the sound module says"):
            await said

    async def silent(stand: Stand) -> None:
        said = stand.say("thanks")
        await stand.clock.advance(8.0)
        with pytest.raises(DeviceUnreachable, match="did not confirm"):
            await said

    # 86 02: illegal data address; its CRC as in a public table of test vectors
    on_bus(ON_BUS, lambda _: bytes.fromhex("018602C3A1"))[0].play(refused)
    on_bus(ON_BUS, lambda _: b"")[0].play(silent)
