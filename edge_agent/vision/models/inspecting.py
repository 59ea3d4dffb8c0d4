"""A model in words: what goes in, what comes out, how both were understood and why."""

from __future__ import annotations

import json
from string import ascii_lowercase, digits
from typing import Any

from edge_agent.vision.models.manifest import ModelManifest
from edge_agent.vision.models.model import Model
from edge_agent.vision.models.runtime import TensorFact

NAME_SIGNS = frozenset(f"{ascii_lowercase}{digits}.-")


def described(model: Model, manifest: ModelManifest | None) -> dict[str, Any]:
    """For a program; `text` makes lines for a person of it."""
    return {
        "name": model.name,
        "sha256": model.sha256,
        "runtime": model.runtime,
        "kind": model.kind,
        "convention": model.convention,
        "input": _tensor(model.input),
        "outputs": [_tensor(one) for one in model.outputs],
        "fed": {
            "width": model.plan.width,
            "height": model.plan.height,
            "colour": model.plan.colour,
            "fit": model.plan.fit,
            "mean": [round(one, 4) for one in model.plan.mean],
            "std": [round(one, 4) for one in model.plan.std],
            "channels_first": model.plan.channels_first,
        },
        "read": repr(model.found.head),
        "labels": list(model.labels),
        "classes": model.classes,
        "zeros": model.found.zeros,
        "why": list(model.why),
        "licence": None if manifest is None else manifest.licence,
        "measured": {} if manifest is None else dict(manifest.measured),
    }


def text(facts: dict[str, Any], shown_labels: int = 12) -> str:
    labels = facts["labels"]
    more = f" and {len(labels) - shown_labels} more" if len(labels) > shown_labels else ""
    lines = [
        f"{facts['name']}: {facts['kind']}, convention {facts['convention']} ({facts['runtime']})",
        f"sha256   {facts['sha256']}",
        f"input    {_line(facts['input'])}",
        *(f"output   {_line(one)}" for one in facts["outputs"]),
        f"labels   {', '.join(labels[:shown_labels])}{more}" if labels else "labels   none",
        *(f"because  {one}" for one in facts["why"]),
    ]
    return "\n".join(lines)


def manifest_text(model: Model, licence: str = "unknown") -> str:
    """A model.toml to begin with, for a file that has none."""
    plan = model.plan
    mean, std = (
        list(reversed(one)) if plan.colour == "bgr" else list(one) for one in (plan.mean, plan.std)
    )
    name = "".join(one if one in NAME_SIGNS else "-" for one in model.name.lower())[:64]
    lines = [
        f'name = "{name.strip("-.") or "model"}"',
        "version = 1",
        f"file = {json.dumps(model.file_name, ensure_ascii=False)}",
        f'sha256 = "{model.sha256}"',
        f'kind = "{model.kind}"',
        f'convention = "{model.convention}"',
        '# labels = "labels.txt"',
        f'licence = "{licence}"',
        "",
        "[input]",
        f'colour = "{plan.colour}"',
        f'fit = "{plan.fit}"',
    ]
    if plan.as_bytes:
        lines.append('values = "bytes"')
    elif plan.colour != "grey":
        lines += [
            f"mean = {[round(one, 4) for one in mean]}",
            f"std = {[round(one, 4) for one in std]}",
        ]
    return "\n".join([*lines, "", "[output]", f"min_score = {model.min_score}", ""])


def _tensor(fact: TensorFact) -> dict[str, Any]:
    return {
        "name": fact.name,
        "shape": list(fact.shape),
        "type": fact.dtype.name,
        "scale": fact.scale if fact.quantised else None,
        "zero_point": fact.zero_point if fact.quantised else None,
    }


def _line(tensor: dict[str, Any]) -> str:
    said = f"{tensor['name']} {tensor['shape']} {tensor['type']}"
    if tensor["scale"] is None:
        return said
    return f"{said}, scale {tensor['scale']:.6g}, zero point {tensor['zero_point']}"
