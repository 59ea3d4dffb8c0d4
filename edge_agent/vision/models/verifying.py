"""Whether a model is what its manifest says: hash, labels, self-test, and what it answered when it was
made (`expected.json`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.errors import ConfigError, ModelRefused, StopError
from edge_agent.vision.findings import Classes, Detection, Detections, Findings
from edge_agent.vision.models.loading import open_model
from edge_agent.vision.models.manifest import ModelManifest, read_manifest
from edge_agent.vision.models.model import Model
from edge_agent.vision.models.self_test import pictures
from edge_agent.vision.stills.header import BadPicture
from edge_agent.vision.stills.reading import Picture, read_picture

EXPECTED = "expected.json"
SELF_TEST = "self-test:"
SCORE_TOLERANCE, BOX_TOLERANCE = 0.05, 6.0
MAX_BYTES = 4 << 20
RECORDED_CLASSES = 5


@dataclass(frozen=True)
class Verdict:
    """`checked`: what was found to be right; `wrong`: what was not, in words."""

    name: str
    checked: tuple[str, ...]
    wrong: tuple[str, ...]


def verify(folder: Path) -> Verdict:
    """Never raises for what is wrong with the model: that is the answer."""
    try:
        manifest = read_manifest(folder)
        model = open_model(manifest.file, manifest=manifest)
    except (ConfigError, ModelRefused, StopError) as error:
        return Verdict(folder.name, (), (str(error),))
    checked: list[str] = ["sha256"]
    wrong: list[str] = []
    for said, fault in (_labels(model), _self_test(model), _expected(model, manifest.folder)):
        (wrong if fault else checked).append(fault or said)
    return Verdict(manifest.name, tuple(checked), tuple(wrong))


def _labels(model: Model) -> tuple[str, str]:
    outputs = model.classes
    known = len(model.labels)
    if outputs is not None and known != outputs:
        return "", f"labels: expected {outputs}, one for each class, found {known}"
    return f"{known} labels", ""


def _self_test(model: Model) -> tuple[str, str]:
    if model.found.zeros:
        return "", f"self-test: found {model.found.zeros}"
    return "self-test", ""


def _expected(model: Model, folder: Path) -> tuple[str, str]:
    path = folder / EXPECTED
    if not path.is_file():
        return "", f"{EXPECTED}: expected beside the manifest, found none (--record writes it)"
    try:
        document = _document(path)
        faults = [
            f"{entry['file']}: {fault}"
            for entry in document["pictures"]
            for fault in _compared(model, entry, folder, document.get("tolerance", {}))
        ]
    except (BadPicture, KeyError, TypeError, ValueError) as error:
        return "", f"{EXPECTED}: expected answers to pictures, found {error!r}"
    number = len(document["pictures"])
    if not number:
        return "", f"{EXPECTED}: expected answers to pictures, found none"
    return f"{number} expected pictures", f"{EXPECTED}: {'; '.join(faults[:5])}" if faults else ""


def _document(path: Path) -> dict[str, Any]:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError("more than 4 MiB")
    document = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise TypeError("no object")
    return document


def picture_of(name: str, folder: Path) -> Picture:
    """A picture beside the manifest, or one of those that are rendered here."""
    if name.startswith(SELF_TEST):
        return pictures()[int(name.removeprefix(SELF_TEST))]
    return read_picture(folder / name)


def _compared(
    model: Model, entry: dict[str, Any], folder: Path, tolerance: dict[str, float]
) -> Iterator[str]:
    found = model.run(picture_of(entry["file"], folder))
    score, box = tolerance.get("score", SCORE_TOLERANCE), tolerance.get("box", BOX_TOLERANCE)
    if isinstance(found, Classes):
        scores = {one.label: one.score for one in found.items}
        for one in entry["classes"]:
            if abs(scores.get(one["label"], -1.0) - one["score"]) > score:
                yield (
                    f"expected {one['label']} {one['score']}, "
                    f"found {scores.get(one['label'], 'no such class')}"
                )
    elif isinstance(found, Detections):
        yield from _boxes(found, entry["detections"], model.min_score, score, box)
    elif found.text != entry["text"]:
        yield f"expected {entry['text']!r}, found {found.text!r}"


def _boxes(
    found: Detections, expected: Sequence[dict[str, Any]], least: float, score: float, box: float
) -> Iterator[str]:
    """Those near the least score may come and go; all others must be there, and no more."""
    left = list(found.items)
    for one in expected:
        match = next((other for other in left if _alike(other, one, score, box)), None)
        if match is not None:
            left.remove(match)
        elif one["score"] > least + score:
            yield f"expected {one['label']} {one['score']} at {one['box']}, found none"
    for other in left:
        if other.score > least + score:
            yield f"expected no more, found {other.label} {other.score:.2f} at {_rounded(other)}"


def _alike(one: Detection, other: dict[str, Any], score: float, box: float) -> bool:
    near = all(abs(a - b) <= box for a, b in zip(one.box, other["box"], strict=True))
    return one.label == other["label"] and abs(one.score - other["score"]) <= score and near


def _rounded(one: Detection) -> list[float]:
    return [round(edge, 1) for edge in one.box]


def written_result(found: Findings, top: int) -> dict[str, Any]:
    """As `edile vision run` and expected.json write it: detections, classes or text."""
    if isinstance(found, Detections):
        return {
            "detections": [
                {"label": one.label, "score": round(one.score, 4), "box": _rounded(one)}
                for one in found.items
            ]
        }
    if isinstance(found, Classes):
        best = found.items[:top]
        return {"classes": [{"label": one.label, "score": round(one.score, 4)} for one in best]}
    return {"text": found.text}


def record(manifest: ModelManifest, names: Sequence[str]) -> Path:
    """Writes expected.json from what the model answers now. `names`: pictures relative to the folder,
    or none for those that are rendered here."""
    model = open_model(manifest.file, manifest=manifest)
    chosen = names or [f"{SELF_TEST}{number}" for number in range(len(pictures()))]
    entries = [
        {
            "file": name,
            **written_result(model.run(picture_of(name, manifest.folder)), RECORDED_CLASSES),
        }
        for name in chosen
    ]
    tolerance = {"score": SCORE_TOLERANCE, "box": BOX_TOLERANCE}
    path = manifest.folder / EXPECTED
    text = json.dumps({"tolerance": tolerance, "pictures": entries}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    return path
