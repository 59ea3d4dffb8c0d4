"""Which name belongs to which number that a model answers: the offsets and gaps met in real files."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.vision.models.labels import BACKGROUND, COCO_GAPS, GAP, NO_NAMES, Names

IMAGENET = 1001  # its 1000 classes and the background


@dataclass(frozen=True)
class LabelMap:
    """`names` by the number that the model answers; a number without a name is called `class 17`."""

    names: dict[int, str]
    why: str

    def name(self, number: int) -> str:
        return self.names.get(number) or f"class {number}"


def map_detector(names: Names, outputs: int | None) -> LabelMap:
    """For models whose classes begin at 0 without the background. `outputs` is how many there are, None
    when the file does not say.

    A longer list that begins with ??? or background is moved by one; so is one whose written ids begin at 1.
    80 names for 90 or more classes are COCO's: the ids that it never used are left out. A list with
    gaps for a model without them is closed up."""
    plain, moved = _without_background(names, outputs)
    said = [_counted(names)]
    if moved:
        said.append(moved)
    real = {number: name for number, name in plain.items() if name.lower() not in GAP}
    last = max(plain, default=-1)
    if len(plain) == 80 and last == 79 and outputs is not None and outputs in {90, 91}:
        ids = [number - 1 for number in range(1, 91) if number not in COCO_GAPS]
        real = dict(zip(ids, plain.values(), strict=True))
        said.append("80 names for 90 classes: COCO's ids with their gaps")
    elif outputs is not None and last >= outputs and len(real) == outputs:
        real = dict(enumerate(real[number] for number in sorted(real)))
        said.append(f"gaps closed up for {outputs} classes")
    elif outputs is not None and names is not NO_NAMES and len(real) != outputs:
        said.append(f"{outputs} classes: {_difference(len(real), outputs)}")
    return LabelMap(real, "; ".join(said))


def map_classifier(names: Names, outputs: int) -> LabelMap:
    """For models whose every output is a class. 1001 outputs for 1000 names begin with a background;
    1001 names for 1000 outputs too. Of any other number a list that lacks one name is just too short."""
    plain = dict(names.by_id)
    said = [_counted(names)]
    first = min(plain, default=0)
    named_background = plain.get(first, "").lower() in BACKGROUND
    if len(plain) == outputs + 1 and named_background:
        plain = {number - first - 1: name for number, name in plain.items() if number > first}
        said.append("the background is named but not answered")
    elif outputs == IMAGENET == len(plain) + 1 and not named_background and first in {0, 1}:
        plain = {number - first + 1: name for number, name in plain.items()} | {0: "background"}
        said.append(f"{outputs} outputs: the first is the background")
    elif names.numbered and first == 1 and max(plain) == outputs:
        plain = {number - 1: name for number, name in plain.items()}
        said.append("ids from 1")
    elif plain and len(plain) != outputs:
        said.append(f"{outputs} outputs: {_difference(len(plain), outputs)}")
    return LabelMap(plain, "; ".join(said))


def map_characters(names: Names) -> LabelMap:
    return LabelMap(dict(names.by_id), f"{len(names)} characters: {names.source}")


def _without_background(names: Names, outputs: int | None) -> tuple[dict[int, str], str]:
    plain = dict(names.by_id)
    if not plain or (not names.numbered and len(plain) == outputs):
        return plain, ""  # one name for each: whatever the first is called, it is answered
    first = min(plain)
    if plain[first].lower() in BACKGROUND and first == 0:
        del plain[0]
        return {number - 1: name for number, name in plain.items()}, "the first is the background"
    if names.numbered and first == 1:
        return {number - 1: name for number, name in plain.items()}, "ids from 1"
    return plain, ""


def _difference(labels: int, outputs: int) -> str:
    if labels < outputs:
        return f"{outputs - labels} have no name"
    return f"{labels - outputs} names are never answered"


def _counted(names: Names) -> str:
    return (
        f"{len(names)} labels: {names.source}" if names.by_id else "no labels: classes are numbers"
    )
