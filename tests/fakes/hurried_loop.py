"""An event loop with real sockets and threads in which waiting costs nothing: time stands still while
anything happens, and jumps to the next timer when nothing does."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

from contract.envelope import Moment
from tests.fakes.clock import START_UTC_NS

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class _HurriedSelector(selectors.DefaultSelector):
    """On this machine's own addresses whatever was sent is there at once; `jobs` are threads' work,
    which takes real time."""

    now_s = 0.0
    jobs = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(None if self.jobs and timeout != 0 else 0)
        if not found and timeout:
            self.now_s += timeout
        elif not found and timeout is None:
            return super().select(None)
        return found


class HurriedLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._hurried = _HurriedSelector()
        super().__init__(self._hurried)

    def time(self) -> float:
        return self._hurried.now_s

    def run_in_executor(  # type: ignore[override] # the parent's own declaration is looser
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        self._hurried.jobs += 1
        future: asyncio.Future[T] = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._ended)
        return future

    def _ended(self, _future: asyncio.Future[Any]) -> None:
        self._hurried.jobs -= 1


class LoopClock:
    """The agent's clock, by the loop's time. Use it inside the loop."""

    def moment(self) -> Moment:
        passed_ns = round(self.monotonic_s() * 1e9)
        return Moment("boot-1", 10**9 + passed_ns, START_UTC_NS + passed_ns, "ntp")

    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()

    def utc_s(self) -> float:
        return START_UTC_NS / 1e9 + self.monotonic_s()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def hurry(scene: Coroutine[Any, Any, T]) -> T:
    """Runs it to its end."""
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        return runner.run(scene)
