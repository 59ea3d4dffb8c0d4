"""What a batch says of work orders, in its order: detections together, answers to second looks and clips
between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TypeGuard

import sqlalchemy as sa

from contract.payloads.evidence import EvidenceClip
from contract.payloads.gateway import GatewayNotice
from contract.payloads.relook import RelookResult
from hub.dispatching import Detection, Undecided, dispatch_many
from hub.dispatching.book import book_of
from hub.dispatching.clips import filmed
from hub.dispatching.second_looks import answered
from hub.dispatching.versions import policy_of
from hub.errors import HubStop, NotNow
from hub.ingest.effects import Word
from hub.store import order_heads
from hub.store.engine import WEATHER
from hub.store.journal import Journal, begin

_RULES_WAIT_S = 60
Said = tuple[int, Word]
"""Sequence of its event, and what it says."""


class WordFailed(Exception):
    """The event of `seq` brought it about, and it alone."""

    def __init__(self, seq: int, cause: Exception) -> None:
        super().__init__(str(cause))
        self.seq, self.cause = seq, cause


def take_words(
    conn: sa.Connection,
    said: Iterable[Said],
    *,
    district: str,
    slot: str,
    at: str,
    singly: bool = False,
) -> None:
    """In the caller's transaction. WordFailed where one event is at fault; NotNow while the rules in force
    cannot be read, which is no event's fault; anything else may be any of them: `singly` finds out which."""
    journal: Journal | None = None
    for run in _runs(said, singly=singly):
        words, journal = run, journal or begin(conn, district)
        try:
            words = _asked_for(journal, run)
            _take(journal, words, slot, at)
            if singly:
                journal.flush()
        except WEATHER:
            raise  # the database's, no event's fault
        except HubStop as stop:
            told = f"the rules in force cannot be read: {stop}"
            raise NotNow(told, retry_after_s=_RULES_WAIT_S) from stop
        except Undecided as failed:
            raise WordFailed(words[failed.at][0], failed.cause) from failed
        except Exception as error:
            if singly or len(words) == 1:
                raise WordFailed(words[0][0], error) from error
            raise
    if journal is not None:
        journal.flush()


def _runs(said: Iterable[Said], *, singly: bool) -> Iterator[list[Said]]:
    for is_detection, run in groupby(said, key=lambda one: isinstance(one[1], Detection)):
        if is_detection and not singly:
            yield list(run)
        else:
            yield from ([one] for one in run)


def _asked_for(journal: Journal, words: list[Said]) -> list[Said]:
    """Without what gateways say of themselves and no policy wants to have seen to."""
    if not any(_is_notice(word) for _, word in words):
        return words
    policies = book_of(journal.conn, journal.district).policies
    return [
        (seq, word)
        for seq, word in words
        if not _is_notice(word) or policies.for_event(word.kind) is not None
    ]


def _is_notice(word: Word) -> TypeGuard[Detection]:
    return isinstance(word, Detection) and word.event_type == GatewayNotice.wire_type


def _take(journal: Journal, words: list[Said], slot: str, at: str) -> None:
    if words and isinstance(words[0][1], RelookResult):
        _answer(journal, words[0][1], slot, at)
        return
    if words and isinstance(words[0][1], EvidenceClip):
        filmed(journal, words[0][1], slot=slot, at=at)
        return
    dispatch_many(journal, [word for _, word in words if isinstance(word, Detection)])


def _answer(journal: Journal, result: RelookResult, slot: str, at: str) -> None:
    """A case that is not here, or another district's, concerns nobody: the event itself is kept."""
    head = order_heads.lock_order(journal.conn, journal.district, result.case)
    if head is None:
        return
    book = book_of(journal.conn, journal.district)
    policy = policy_of(journal.conn, journal.district, book, head)
    answered(journal, book, head, policy, result, slot=slot, at=at)
