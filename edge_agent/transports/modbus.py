"""A Modbus RTU line (serial, or RTU through a TCP converter) that several devices share.

pymodbus makes the requests and understands the answers; the line itself is ours, for what its own
transports do not give: a lock with the holder's pid, errors in words, every byte for the raw ring, a
wrong CRC told apart from silence, one reconnect (the supervisor's) instead of two, and an end to each
call whatever the line says (pymodbus 3.16 has calls that garbage keeps alive: its issue 2960).

One exchange at a time. Before a request the line must be silent for 3.5 characters (MODBUS over
Serial Line V1.02, 2.5.1.1); what is heard meanwhile is a late answer to an older question and dropped.
An answer is looked for from the first bytes that name the device and the function, so that noise
before it does no harm.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from edge_agent.config.links import SerialLink, parse_link
from edge_agent.errors import DeviceUnreachable, StopError
from edge_agent.ports import ByteLink, Transport

if TYPE_CHECKING:
    from pymodbus.framer import FramerRTU
    from pymodbus.pdu import ModbusPDU

Reason = Literal["timeout", "checksum", "exception", "wrong-answer"]
TransportOf = Callable[[str], Transport]

GUARD_S = 5.0  # beyond the timeout: a line that trickles for ever ends here
REST_S = 0.3  # between the pieces of an answer that has begun; converters send in bursts
TCP_QUIET_S = 0.02
MOST_BYTES = 512  # of one exchange; the longest answer has 256
MOST_STALE_READS = 64
WRITE_ANSWER = 8
EXCEPTION_ANSWER = 5


@dataclass(frozen=True, slots=True)
class Registers:
    """A good answer. `raw` is its frame; `heard` everything that came meanwhile."""

    values: tuple[int, ...]
    raw: bytes
    heard: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """The device confirmed the write."""

    heard: bytes


@dataclass(frozen=True, slots=True)
class BusFault:
    """No usable answer.

    timeout       no byte, or only noise, or an answer that stopped half way
    checksum      an answer whose CRC is wrong
    exception     the device answered and said no; `detail` says what
    wrong-answer  a right frame that does not answer this request
    """

    reason: Reason
    detail: str
    heard: bytes

    @property
    def answered(self) -> bool:
        """The device is there."""
        return self.reason == "exception"


class ModbusBus:
    """One line. `attached` opens it for the first user and closes it after the last."""

    def __init__(self, transport: Transport, *, quiet_s: float, echo: bool) -> None:
        self._transport, self._quiet_s, self._echo = transport, quiet_s, echo
        self._turn = asyncio.Lock()
        self._link: ByteLink | None = None
        self._users = 0

    @asynccontextmanager
    async def attached(self) -> AsyncIterator[None]:
        """DeviceUnreachable, AlreadyRunning when the line cannot be opened."""
        async with self._turn:
            if self._link is None:
                self._link = await self._transport.open()
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if self._users == 0:
                await self._close()

    async def read(
        self, address: int, function: Literal[3, 4], first: int, count: int, timeout_s: float
    ) -> Registers | BusFault:
        """`count` registers from `first`, counted from 0. DeviceUnreachable when the line is gone."""
        from pymodbus.pdu.register_message import (  # noqa: PLC0415 - only where there is a bus
            ReadHoldingRegistersRequest,
            ReadInputRegistersRequest,
        )

        kind = ReadHoldingRegistersRequest if function == 3 else ReadInputRegistersRequest
        request = kind(address=first, count=count, dev_id=address)
        found = await self._exchange(request, timeout_s)
        if isinstance(found, BusFault):
            return found
        pdu, raw, heard = found
        values = tuple(pdu.registers)
        if len(values) != count:
            told = f"{len(values)} registers instead of {count}"
            return BusFault("wrong-answer", told, heard)
        return Registers(values, raw, heard)

    async def write_register(
        self, address: int, register: int, value: int, timeout_s: float
    ) -> Written | BusFault:
        """Function 6."""
        from pymodbus.pdu.register_message import WriteSingleRegisterRequest  # noqa: PLC0415

        request = WriteSingleRegisterRequest(address=register, registers=[value], dev_id=address)
        return await self._write(request, timeout_s)

    async def write_coil(
        self, address: int, coil: int, on: bool, timeout_s: float
    ) -> Written | BusFault:
        """Function 5."""
        from pymodbus.pdu.bit_message import WriteSingleCoilRequest  # noqa: PLC0415

        request = WriteSingleCoilRequest(address=coil, bits=[on], dev_id=address)
        return await self._write(request, timeout_s)

    async def _write(self, request: ModbusPDU, timeout_s: float) -> Written | BusFault:
        found = await self._exchange(request, timeout_s)
        if isinstance(found, BusFault):
            return found
        pdu, _, heard = found
        if (pdu.address, pdu.registers, pdu.bits) != (
            request.address,
            request.registers,
            request.bits,
        ):
            return BusFault("wrong-answer", "the device confirmed another write", heard)
        return Written(heard)

    async def _exchange(
        self, request: ModbusPDU, timeout_s: float
    ) -> tuple[ModbusPDU, bytes, bytes] | BusFault:
        async with self._turn:
            link = self._link
            if link is None:
                raise DeviceUnreachable("the line was lost")
            try:
                async with asyncio.timeout(timeout_s + GUARD_S):
                    return await self._ask(link, request, timeout_s)
            except TimeoutError:
                return BusFault("timeout", "the line trickles without an answer", b"")
            except DeviceUnreachable:
                await self._close()
                raise

    async def _ask(
        self, link: ByteLink, request: ModbusPDU, timeout_s: float
    ) -> tuple[ModbusPDU, bytes, bytes] | BusFault:
        from pymodbus.framer import FramerRTU  # noqa: PLC0415
        from pymodbus.pdu import DecodePDU  # noqa: PLC0415

        answers = _Answers(FramerRTU(DecodePDU(False)), request)
        for _ in range(MOST_STALE_READS):
            if not await link.read(self._quiet_s):
                break
        sent = answers.framer.buildFrame(request)
        await link.write(sent)
        echo, heard = (sent if self._echo else b""), b""
        while True:
            piece = await link.read(REST_S if answers.begun(heard) else timeout_s)
            if not piece:
                return answers.none(heard)
            heard += piece
            if echo and heard.startswith(echo):
                heard, echo = heard[len(echo) :], b""
            if not (echo and echo.startswith(heard)):
                found = answers.find(heard)
                if found is not None:
                    return found
            if len(heard) > MOST_BYTES:
                return answers.none(heard)

    async def _close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.close()


class ModbusBuses:
    """The buses of one gateway by link: devices that name the same link share its bus."""

    def __init__(self) -> None:
        self._buses: dict[str, ModbusBus] = {}

    def bus(self, link: str, transport_of: TransportOf, *, echo: bool = False) -> ModbusBus:
        """StopError where pymodbus is not installed."""
        if find_spec("pymodbus") is None:
            raise StopError("Modbus devices need pymodbus: pip install 'edile[modbus]'")
        if link not in self._buses:
            quiet_s = quiet_time_s(link)
            self._buses[link] = ModbusBus(transport_of(link), quiet_s=quiet_s, echo=echo)
        return self._buses[link]


def quiet_time_s(link: str) -> float:
    """3.5 characters of 11 bits; converters add delays of their own."""
    parsed = parse_link(link)
    return max(0.004, 3.5 * 11 / parsed.baud) if isinstance(parsed, SerialLink) else TCP_QUIET_S


class _Answers:
    """Finds the answer to one request in what is heard."""

    def __init__(self, framer: FramerRTU, request: ModbusPDU) -> None:
        self.framer = framer
        self._address, self._function = request.dev_id, request.function_code
        good = bytes((request.dev_id, request.function_code))
        refusal = bytes((request.dev_id, request.function_code | 0x80))
        self._starts = (good, refusal)

    def begun(self, heard: bytes) -> bool:
        return any(start in heard for start in self._starts)

    def find(self, heard: bytes) -> tuple[ModbusPDU, bytes, bytes] | BusFault | None:
        """None while it may still come."""
        for at in self._candidates(heard):
            size = self._size(heard, at)
            if size is None or at + size > len(heard):
                continue
            frame = heard[at : at + size]
            pdu = self._decoded(frame)
            if pdu is not None and pdu.isError():
                return BusFault("exception", _refusal(pdu), heard)
            if pdu is not None:
                return pdu, frame, heard
        return None

    def none(self, heard: bytes) -> BusFault:
        """What is to be said when nothing more came."""
        sizes = [(at, self._size(heard, at)) for at in self._candidates(heard)]
        if any(size is not None and at + size <= len(heard) for at, size in sizes):
            return BusFault("checksum", f"an answer with a wrong CRC: {_shown(heard)}", heard)
        if self.begun(heard):
            return BusFault("timeout", f"the answer stopped half way: {_shown(heard)}", heard)
        if heard:
            return BusFault("timeout", f"only noise: {_shown(heard)}", heard)
        return BusFault("timeout", f"no answer from address {self._address}", b"")

    def _candidates(self, heard: bytes) -> list[int]:
        return [at for at in range(len(heard) - 1) if heard[at : at + 2] in self._starts]

    def _size(self, heard: bytes, at: int) -> int | None:
        if heard[at + 1] & 0x80:
            return EXCEPTION_ANSWER
        if self._function not in (3, 4):
            return WRITE_ANSWER
        return 5 + heard[at + 2] if at + 2 < len(heard) else None

    def _decoded(self, frame: bytes) -> ModbusPDU | None:
        """None when the CRC is wrong, or pymodbus cannot make sense of it."""
        from pymodbus.exceptions import ModbusException  # noqa: PLC0415

        try:
            return self.framer.handleFrame(frame, self._address, 0)[1]
        except (ModbusException, ValueError, IndexError, struct.error):
            return None


_EXCEPTIONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    6: "device busy",
}


def _refusal(pdu: ModbusPDU) -> str:
    code = pdu.exception_code
    return f"the device answers exception {code} ({_EXCEPTIONS.get(code, 'unknown')})"


def _shown(heard: bytes) -> str:
    return heard[:16].hex(" ") + (" …" if len(heard) > 16 else "")
