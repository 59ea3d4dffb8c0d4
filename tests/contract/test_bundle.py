from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from contract.bundle import HUB_KEY, MANIFEST, RECEIPTS, BadBundle, open_bundle
from contract.bundle_proof import Finding, prove
from contract.chain import GENESIS, extend
from contract.keys import PrivateKey
from tests.contract.case_bundles import (
    HUB,
    ORIGINAL,
    ORIGINAL_NAME,
    PHOTO_NAME,
    Case,
    event,
    excerpt,
    good_case,
    receipt_for,
    signed,
    write_folder,
)


def findings(case: Case, folder: Path) -> list[Finding]:
    with open_bundle(write_folder(case.files(), folder)) as bundle:
        return prove(bundle, HUB.public)


def unproved(case: Case, folder: Path) -> list[str]:
    return [finding.text for finding in findings(case, folder) if not finding.proved]


def test_a_whole_case_is_proved(tmp_path: Path) -> None:
    texts = [finding.text for finding in findings(good_case(), tmp_path)]
    assert unproved(good_case(), tmp_path) == []
    assert any("1..6 are as the hub committed them" in text for text in texts)
    assert any(PHOTO_NAME in text for text in texts)


def test_an_excerpt_without_other_cases_events_is_proved(tmp_path: Path) -> None:
    assert unproved(excerpt(), tmp_path) == []


def test_a_zip_proves_what_the_folder_proves(tmp_path: Path) -> None:
    path = tmp_path / "case.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in good_case().files().items():
            archive.writestr(name, data)
    with open_bundle(path) as bundle:
        assert prove(bundle, HUB.public) == findings(good_case(), tmp_path / "folder")


def test_an_original_is_proved_by_the_photo_that_was_made_of_it(tmp_path: Path) -> None:
    case = good_case()
    assert not any(ORIGINAL_NAME in one.text for one in findings(case, tmp_path / "sealed"))
    given = replace(case, evidence={**case.evidence, ORIGINAL_NAME: ORIGINAL})
    assert unproved(given, tmp_path / "given") == []
    assert any(
        f"evidence {ORIGINAL_NAME}: unchanged, the original" in one.text
        for one in findings(given, tmp_path / "given")
    )
    another = replace(case, evidence={**case.evidence, ORIGINAL_NAME: ORIGINAL + b"!"})
    (wrong,) = unproved(another, tmp_path / "another")
    assert "its bytes have another hash" in wrong


def edited(case: Case) -> Case:
    return case.with_line(4, case.lines[3].replace(b"0.9", b"0.8"))


def deleted(case: Case) -> Case:
    return replace(case, lines=case.lines[:3] + case.lines[4:])


def reordered(case: Case) -> Case:
    return case.with_line(4, case.lines[4]).with_line(5, case.lines[3])


def cut(case: Case) -> Case:
    """The tail and its receipt are gone, but an earlier excerpt of receipts is not all there is."""
    return replace(case, lines=case.lines[:4], last=4)


def cut_with_its_receipt(case: Case) -> Case:
    return replace(case, lines=case.lines[:4], last=4, receipts=case.receipts[:1])


def recomputed(case: Case) -> Case:
    """A whole new history, chain and all, with the old receipts: nobody can sign new ones."""
    return replace(case, lines=tuple(event(seq, case="wo-9") for seq in range(1, 7)))


def recomputed_and_signed_by_another(case: Case) -> Case:
    lines = tuple(event(seq, case="wo-9") for seq in range(1, 7))
    head = extend(GENESIS, "urgent", enumerate(lines, 1)).hex()
    return replace(case, lines=lines, receipts=(signed(6, head, key=PrivateKey.generate()),))


def without_receipts(case: Case) -> Case:
    return replace(case, receipts=())


def with_anothers_receipt(case: Case) -> Case:
    return replace(case, receipts=(*case.receipts, receipt_for(case.lines, 6, slot="cs-018")))


def with_another_start(case: Case) -> Case:
    return replace(case, head_before="11" * 32)


def with_no_start(case: Case) -> Case:
    return replace(case, head_before="not hex")


def with_a_changed_photo(case: Case) -> Case:
    return replace(case, evidence={PHOTO_NAME: b"\xff\xd8 another photo"})


def without_the_photo(case: Case) -> Case:
    return replace(case, evidence={})


def with_a_strange_photo(case: Case) -> Case:
    name = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"  # SHA-256 of "foo"
    return replace(case, evidence={**case.evidence, name: b"foo"})


def withheld_by_a_wrong_hash(case: Case) -> Case:
    return case.with_line(4, b'{"withheld":"' + b"00" * 32 + b'"}')


def with_a_made_up_gap(case: Case) -> Case:
    return replace(case, lines=(*case.lines[:3], b'{"gap":[4,6],"reason":"corrupt"}'))


def with_a_gap_that_overlaps(case: Case) -> Case:
    return case.with_line(4, b'{"gap":[3,4],"reason":"corrupt"}')


def with_an_event_of_another_slot(case: Case) -> Case:
    return case.with_line(4, case.lines[3].replace(b"cs-017", b"cs-018"))


def with_nonsense(case: Case) -> Case:
    return case.with_line(4, b"hello")


TAMPERING: dict[Callable[[Case], Case], str] = {
    edited: "the chain at 6 is not the one in the hub's receipt",
    deleted: "line 4: is /baiyun/cs-017 0C9K2TQ7M4XWZ.urgent.5, expected",
    reordered: "line 4: is /baiyun/cs-017 0C9K2TQ7M4XWZ.urgent.5, expected",
    cut: "the hub had 6, the bundle ends at 4",
    cut_with_its_receipt: "no receipt covers 4..4",
    recomputed: "the chain at 6 is not the one in the hub's receipt",
    recomputed_and_signed_by_another: "receipt 1: not signed by this hub",
    without_receipts: "no receipt covers 1..6",
    with_anothers_receipt: "receipt 3: is for slot cs-018",
    with_another_start: "does not begin at the beginning",
    with_no_start: "does not begin at the beginning",
    with_a_changed_photo: "its bytes have another hash",
    without_the_photo: "named by an event, not in the bundle",
    with_a_strange_photo: "intact, but no event here names it",
    withheld_by_a_wrong_hash: "the chain at 6 is not the one",
    with_a_made_up_gap: "the chain at 6 is not the one",
    with_a_gap_that_overlaps: "line 4: bridges 3..4, expected from 4",
    with_an_event_of_another_slot: "line 4: is /baiyun/cs-018",
    with_nonsense: "line 4: cannot be read",
}


@pytest.mark.parametrize("tamper", TAMPERING, ids=lambda tamper: tamper.__name__)
def test_tampering_is_found(tamper: Callable[[Case], Case], tmp_path: Path) -> None:
    assert any(TAMPERING[tamper] in text for text in unproved(tamper(good_case()), tmp_path))


def test_every_flipped_bit_of_an_event_is_found(tmp_path: Path) -> None:
    case = good_case()
    line = case.lines[4]
    for at in range(0, len(line), 3):
        changed = line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :]
        assert unproved(case.with_line(5, changed), tmp_path), f"byte {at}"


def test_events_after_the_last_receipt_are_not_called_proved(tmp_path: Path) -> None:
    case = good_case()
    said = unproved(replace(case, receipts=case.receipts[:1]), tmp_path)
    assert said == ["0C9K2TQ7M4XWZ.urgent: no receipt covers 4..6"]


@pytest.mark.parametrize("name", [MANIFEST, RECEIPTS, HUB_KEY, "events/0C9K2TQ7M4XWZ.urgent.jsonl"])
def test_a_missing_part_is_named(name: str, tmp_path: Path) -> None:
    files = good_case().files()
    del files[name]
    with pytest.raises(BadBundle, match="is missing"), open_bundle(write_folder(files, tmp_path)):
        pass


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        (MANIFEST, b"{}", "cannot be read"),
        (MANIFEST, b"\xff", "cannot be read"),
        (RECEIPTS, b"\xff", "not UTF-8"),
        (HUB_KEY, b"\xff", "not UTF-8"),
    ],
)
def test_a_part_that_cannot_be_read_is_named(
    name: str, data: bytes, said: str, tmp_path: Path
) -> None:
    files = {**good_case().files(), name: data}
    with pytest.raises(BadBundle, match=said), open_bundle(write_folder(files, tmp_path)):
        pass


def test_a_bundle_of_a_later_format_is_refused(tmp_path: Path) -> None:
    files = good_case().files()
    files[MANIFEST] = files[MANIFEST].replace(b"edile-bundle/1", b"edile-bundle/2")
    with (
        pytest.raises(BadBundle, match="edile-bundle/2"),
        open_bundle(write_folder(files, tmp_path)),
    ):
        pass


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "case.zip"
    path.write_bytes(b"hello")
    with pytest.raises(BadBundle, match="neither a folder nor a zip"), open_bundle(path):
        pass


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "case.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in good_case().files().items():
            archive.writestr(name, data)
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"gone"', b'"nope"'))
    with pytest.raises(BadBundle, match="CRC"), open_bundle(path) as bundle:
        prove(bundle, HUB.public)
