"""Desired state (contract §4): what the hub wants a slot to be, as a signed, rising document.

It may override roles, never identity or hub: the shape has no field for them and unknown fields are
refused.
"""

from __future__ import annotations

from typing import Any

import msgspec

from contract.jws import mint_jws, open_jws
from contract.keys import PrivateKey, PublicKey

TYP = "edile-desired+jwt"


class Desired(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`roles` overrides role settings by role name; the rest is data the roles use."""

    slot: str
    serial: int
    issued: str
    roles: dict[str, dict[str, Any]] = {}
    site: dict[str, Any] = {}
    areas: list[dict[str, Any]] = []
    rosters: list[dict[str, Any]] = []
    thresholds: dict[str, Any] = {}
    schedules: list[dict[str, Any]] = []
    models: list[dict[str, Any]] = []
    patrol_plans: list[dict[str, Any]] = []


def sign_desired(key: PrivateKey, kid: str, desired: Desired) -> str:
    return mint_jws(key, kid, TYP, desired)


def open_desired(text: str, key: PublicKey) -> Desired:
    """Raises BadJws, or msgspec.DecodeError when signed nonsense."""
    _, payload = open_jws(text, TYP, lambda _: key)
    return msgspec.json.decode(payload, type=Desired)
