"""Desired state on the gateway: which document of the hub is in force, and why another is not.

A document is taken whole or refused whole; while one is refused the old one stays in force. The
serial only rises, so that an old document, replayed or restored, cannot turn a gateway back. Pure
but for the callable that is told of a new document: the uplink fetches, the store keeps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from contract.desired import Desired, open_desired
from contract.jws import BadJws
from contract.keys import PublicKey
from contract.payloads.gateway import GatewayNotice

SETTING = "desired"
Validate = Callable[[Desired], list[str]]


class _Written(msgspec.Struct, omit_defaults=True):
    """`signed` is the document in force, `etag` of the last one looked at, taken or refused."""

    signed: str | None = None
    etag: str | None = None
    serial: int = 0


@dataclass(frozen=True)
class Considered:
    """What to commit together: the notice (None when nothing changed) and the setting."""

    applied: bool
    notice: GatewayNotice | None
    setting: bytes


class DesiredState:
    """`validate` answers with one line per mistake; `written` is the setting as last committed.

    `complaint` is the notice to record when the document that was in force no longer validates
    (the configuration file or the program changed): the file alone then rules.
    """

    def __init__(
        self,
        *,
        slot: str,
        key: PublicKey,
        validate: Validate,
        written: bytes | None = None,
        announce: Callable[[Desired], None] = lambda _: None,
    ) -> None:
        self._slot, self._key, self._validate, self._announce = slot, key, validate, announce
        self._state = _read(written)
        self.in_force: Desired | None = None
        self.complaint: GatewayNotice | None = None
        if self._state.signed is not None:
            found = self._open(self._state.signed)
            self.in_force = found if isinstance(found, Desired) else None
            self.complaint = found if isinstance(found, GatewayNotice) else None

    @property
    def etag(self) -> str | None:
        """Goes into `If-None-Match`."""
        return self._state.etag

    def wanted(self, etag: str | None) -> bool:
        """Whether the hub has a document that was not looked at yet."""
        return etag is not None and etag != self._state.etag

    def consider(self, signed: str, etag: str | None) -> Considered:
        """Judges a document. Nothing is in force until `take` is called after the commit."""
        found = self._open(signed)
        if isinstance(found, Desired) and found.serial <= self._state.serial:
            if signed == self._state.signed:
                return self._considered(
                    False, None, msgspec.structs.replace(self._state, etag=etag)
                )
            found = _refusal(
                f"serial {found.serial} is not above {self._state.serial}", found.serial
            )
        if isinstance(found, GatewayNotice):
            return self._considered(False, found, msgspec.structs.replace(self._state, etag=etag))
        notice = GatewayNotice(kind="config-applied", serial=found.serial)
        return self._considered(True, notice, _Written(signed, etag, found.serial))

    def take(self, considered: Considered) -> None:
        """The commit is durable: what was decided is now so, and is announced."""
        self._state = _read(considered.setting)
        if considered.applied and self._state.signed is not None:
            self.in_force = open_desired(self._state.signed, self._key)
            self.complaint = None
            self._announce(self.in_force)

    def _considered(
        self, applied: bool, notice: GatewayNotice | None, state: _Written
    ) -> Considered:
        return Considered(applied, notice, msgspec.json.encode(state))

    def _open(self, signed: str) -> Desired | GatewayNotice:
        try:
            document = open_desired(signed, self._key)
        except BadJws as error:
            return _refusal(f"not signed by the hub's command key ({error.reason})")
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return _refusal(f"not a desired state: {error}")
        if document.slot != self._slot:
            return _refusal(f"made for slot {document.slot}", document.serial)
        mistakes = self._validate(document)
        if mistakes:
            return _refusal("; ".join(mistakes), document.serial)
        return document


def _refusal(reason: str, serial: int | None = None) -> GatewayNotice:
    return GatewayNotice(kind="config-refused", detail=reason, serial=serial)


def _read(written: bytes | None) -> _Written:
    return msgspec.json.decode(written, type=_Written) if written else _Written()
