"""A loudspeaker that can be told to say something, one prompt after the other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from edge_agent.config.devices.speaker import SpeakerConfig, quiet_minutes, zone_minutes
from edge_agent.errors import DeviceRefused, DeviceUnreachable
from edge_agent.ports import Clock, Emit, Order, Prompt, Say, Speaker
from edge_agent.readings import LineStatus
from edge_agent.rules import prompting
from edge_agent.rules.prompting import Asked, Prompting, PromptLimits

STATUS_S = 1.0
STEP_S = 0.1  # how soon a prompt follows the one before it
SPOKEN = "(text)"  # the name of what is said freely
_WHY = {
    "quiet-hours": "quiet hours",
    "time-unknown": "quiet hours are set and the time is not known",
    "cooling-down": "said a moment ago, or waiting already",
    "queue-full": "too many prompts wait",
}


class SpeakerDriver:
    """`counts`: said, and what was refused by reason."""

    def __init__(
        self, config: SpeakerConfig, open_speaker: Callable[[], Speaker], clock: Clock
    ) -> None:
        self.device = config.id
        self.counts: Counter[str] = Counter()
        self._config, self._clock, self._open = config, clock, open_speaker
        self._prompts = {
            one.name: Prompt(one.name, one.text, one.track, one.file, one.seconds)
            for one in config.prompts
        }
        self._limits = PromptLimits(
            cool_down_s=config.cool_down_s,
            queue=config.queue,
            stale_s=config.stale_s,
            quiet=tuple(quiet_minutes(text) for text in config.quiet),
            zone_min=zone_minutes(config.zone),
        )
        self._state = Prompting()
        self._texts: dict[int, str] = {}
        self._answers: dict[int, asyncio.Future[None]] = {}
        self._asked = asyncio.Event()
        self._running = False

    async def perform(self, order: Order) -> None:
        """Returns when it was said."""
        if not isinstance(order, Say):
            raise DeviceRefused(f"{self.device} is a loudspeaker; it can only speak")
        if not self._running:
            raise DeviceUnreachable(f"{self.device} is not connected")
        if order.text is not None and self._config.kind != "terminal":
            raise DeviceRefused(f"{self.device} plays recordings; it cannot read a text out")
        if order.text is None and order.prompt not in self._prompts:
            known = ", ".join(self._prompts)
            raise DeviceRefused(f"{self.device} has no prompt {order.prompt!r}; it has {known}")
        name = order.prompt if order.text is None else f"{SPOKEN} {order.text}"
        self._state, answer = prompting.ask(self._state, name, self._clock.moment(), self._limits)
        if not isinstance(answer, Asked):
            self.counts[f"refused.{answer}"] += 1
            raise DeviceRefused(f"{self.device}: {_WHY[answer]}")
        await self._said(answer, order.text)

    async def _said(self, asked: Asked, text: str | None) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answers[asked.number] = future
        if text is not None:
            self._texts[asked.number] = text
        self._asked.set()
        try:
            await future
        finally:
            self._answers.pop(asked.number, None)
            self._texts.pop(asked.number, None)

    async def run(self, emit: Emit) -> None:
        speaker = self._open()
        await speaker.open()
        self._running, self._state = True, Prompting(said=self._state.said)
        self.counts.clear()
        due_s = self._clock.monotonic_s()
        try:
            while True:
                await self._say_next(speaker)
                if self._clock.monotonic_s() >= due_s:
                    due_s = self._clock.monotonic_s() + STATUS_S
                    await emit(self._status())
                await self._wait()
        finally:
            self._running = False
            self._refuse_all(DeviceUnreachable(f"{self.device} was lost"))
            await speaker.close()

    async def _say_next(self, speaker: Speaker) -> None:
        now = self._clock.moment()
        self._state, asked, stale = prompting.take(self._state, now, self._limits)
        for one in stale:
            self.counts["refused.stale"] += 1
            self._answer(one, DeviceRefused(f"{self.device}: others were speaking for too long"))
        if asked is None:
            return
        prompt = self._prompt(asked)
        self._state = prompting.talks_for(self._state, prompt.seconds, now)
        try:
            await speaker.say(prompt)
        except DeviceRefused as error:
            self.counts["refused.device"] += 1
            self._answer(asked, error)
        except DeviceUnreachable as error:
            self._answer(asked, error)
            raise
        else:
            self.counts["said"] += 1
            self._answer(asked, None)

    def _prompt(self, asked: Asked) -> Prompt:
        text = self._texts.get(asked.number)
        return self._prompts[asked.prompt] if text is None else Prompt(SPOKEN, text)

    def _answer(self, asked: Asked, error: Exception | None) -> None:
        future = self._answers.get(asked.number)
        if future is None or future.done():
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)

    def _refuse_all(self, error: Exception) -> None:
        for future in self._answers.values():
            if not future.done():
                future.set_exception(error)

    async def _wait(self) -> None:
        """For the next prompt, or a step of time."""
        self._asked.clear()
        step_s = STEP_S if self._state.waiting else STATUS_S
        asked = asyncio.ensure_future(self._asked.wait())
        passed = asyncio.ensure_future(self._clock.sleep(step_s))
        try:
            await asyncio.wait({asked, passed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
            passed.cancel()

    def _status(self) -> LineStatus:
        refused = sum(n for name, n in self.counts.items() if name.startswith("refused."))
        said = self.counts["said"]
        return LineStatus(self.device, self._clock.moment(), 0, said, said, refused, passive=True)
