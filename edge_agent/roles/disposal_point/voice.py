"""What is said to whom: the prompt that fits, and whether it may be said now.

The same limits as the loudspeaker's own (cool-down, quiet hours), so that what is counted as a prompt
was one.
"""

from __future__ import annotations

from dataclasses import replace

from edge_agent.config.devices.speaker import SpeakerConfig, quiet_minutes, zone_minutes
from edge_agent.config.disposal_point import DisposalPointConfig, PromptRuleConfig
from edge_agent.ports import DeviceOrder, Say
from edge_agent.readings import Moment
from edge_agent.rules import prompting
from edge_agent.rules.prompting import Asked, Prompting, PromptLimits

QUEUE = 8


class Voice:
    """`speaker` None: nothing is ever said."""

    def __init__(self, config: DisposalPointConfig, speaker: SpeakerConfig | None) -> None:
        self._rules, self._speaker = config.prompts, speaker
        self._limits = PromptLimits(0.0, QUEUE, 1.0)
        if speaker is not None:
            self._limits = replace(
                self._limits,
                cool_down_s=speaker.cool_down_s,
                quiet=tuple(quiet_minutes(text) for text in speaker.quiet),
                zone_min=zone_minutes(speaker.zone),
            )

    def say(
        self, state: Prompting, on: str, stream: str | None, now: Moment
    ) -> tuple[Prompting, list[DeviceOrder]]:
        """No orders: there is nothing to say, or it must not be said now."""
        rule = self._rule(on, stream)
        orders = list[DeviceOrder]()
        if rule is None or self._speaker is None:
            return state, orders
        for name in rule.say:
            state, answer = prompting.ask(state, name, now, self._limits)
            if isinstance(answer, Asked):
                state, _, _ = prompting.take(state, now, self._limits)
                orders.append(DeviceOrder(self._speaker.id, Say(name)))
        return state, orders

    def _rule(self, on: str, stream: str | None) -> PromptRuleConfig | None:
        fitting = [one for one in self._rules if one.on == on and one.stream in (None, stream)]
        return max(fitting, key=lambda one: one.stream is not None, default=None)
