from __future__ import annotations

from contract.desired import TYP, Desired, sign_desired
from contract.jws import mint_jws
from contract.keys import PrivateKey
from edge_agent.desired import DesiredState

HUB = PrivateKey.generate()


def signed(serial: int, *, slot: str = "cs-017", key: PrivateKey = HUB, **roles: object) -> str:
    document = Desired(
        slot=slot,
        serial=serial,
        issued="2026-09-21T00:00:00.000Z",
        roles={name: {"value": value} for name, value in roles.items()},
    )
    return sign_desired(key, "hub#1", document)


def validate(document: Desired) -> list[str]:
    return [f"roles.{name}: unknown" for name in document.roles if name != "station"]


def state(written: bytes | None = None, announced: list[int] | None = None) -> DesiredState:
    heard = [] if announced is None else announced
    return DesiredState(
        slot="cs-017",
        key=HUB.public,
        validate=validate,
        written=written,
        announce=lambda document: heard.append(document.serial),
    )


def test_a_good_document_comes_into_force_with_its_notice_and_survives_a_restart() -> None:
    announced: list[int] = []
    desired = state(announced=announced)
    considered = desired.consider(signed(4, station=1), '"4"')
    assert desired.in_force is None
    assert considered.notice is not None
    assert (considered.notice.kind, considered.notice.serial) == ("config-applied", 4)
    desired.take(considered)
    again = state(considered.setting)
    assert announced == [4]
    assert again.in_force == desired.in_force
    assert again.in_force is not None
    assert again.in_force.roles == {"station": {"value": 1}}
    assert not again.wanted('"4"')


def test_what_is_refused_is_refused_whole_and_the_old_document_stays() -> None:
    desired = state()
    desired.take(desired.consider(signed(4, station=1), '"4"'))
    forged = signed(9, key=PrivateKey.generate())
    unknown_member = mint_jws(HUB, "hub#1", TYP, _WithIdentity())
    for text, why in (
        (signed(5, station=2, oven=1), "roles.oven"),
        (signed(3, station=2), "serial 3"),
        (signed(4, station=2), "serial 4"),
        (signed(6, slot="cs-018"), "cs-018"),
        (forged, "command key"),
        (unknown_member, "identity"),
        ("<html>", "command key"),
    ):
        considered = desired.consider(text, '"x"')
        assert considered.notice is not None, why
        assert considered.notice.kind == "config-refused"
        assert why in (considered.notice.detail or "")
        desired.take(considered)
        assert desired.in_force is not None
        assert desired.in_force.serial == 4
        assert not desired.wanted('"x"')


def test_the_document_in_force_offered_again_changes_nothing() -> None:
    desired = state()
    text = signed(4, station=1)
    desired.take(desired.consider(text, '"4"'))
    considered = desired.consider(text, 'W/"4"')
    assert considered.notice is None
    assert not considered.applied


def test_a_document_that_no_longer_validates_is_reported_and_its_serial_still_counts() -> None:
    desired = state()
    considered = desired.consider(signed(4, station=1), '"4"')
    strict = DesiredState(
        slot="cs-017", key=HUB.public, validate=lambda _: ["no"], written=considered.setting
    )
    assert strict.in_force is None
    assert strict.complaint is not None
    assert strict.complaint.kind == "config-refused"
    refused = strict.consider(signed(4, station=2), '"4b"')
    assert not refused.applied


class _WithIdentity(Desired, frozen=True, kw_only=True):
    slot: str = "cs-017"
    serial: int = 7
    issued: str = ""
    identity: str = "cs-001#1"
