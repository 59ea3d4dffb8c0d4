"""`edile vision`: a model looks at pictures. One JSON object a line out."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import cv2
import typer

from edge_agent.cli.camera_view import view
from edge_agent.cli.silence import quiet
from edge_agent.cli.view_accepting import accept
from edge_agent.errors import ModelRefused, StopError
from edge_agent.vision.models import Model, open_model, read_manifest
from edge_agent.vision.models.catalogue import find, shipped_folder
from edge_agent.vision.models.manifest import CONVENTIONS
from edge_agent.vision.models.verifying import written_result
from edge_agent.vision.stills.drawing import drawn
from edge_agent.vision.stills.header import BadPicture
from edge_agent.vision.stills.reading import Picture, read_picture

vision = typer.Typer(
    help="A model looks at pictures.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Chosen = Annotated[
    str, typer.Option("--model", "-m", help="A .tflite file, or the name of a shipped model.")
]
Labels = Annotated[
    Path | None,
    typer.Option(
        help="One label a line, `id  name` lines, or a label map. Else those in the file."
    ),
]
Convention = Annotated[str, typer.Option(help=f"What the outputs mean: {', '.join(CONVENTIONS)}.")]
Manifest = Annotated[
    Path | None,
    typer.Option(help="A model.toml, where the file needs one. Else the one beside it."),
]
Threads = Annotated[int, typer.Option(min=1, max=64, help="Threads of the runtime.")]


vision.command()(view)
vision.command()(accept)


@vision.callback()
def _commands() -> None:
    """A model looks at pictures, as the gateway would."""


@vision.command()
def run(
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE", help="JPEG, PNG, WebP, BMP, TIFF.")
    ],
    *,
    model: Chosen,
    labels: Labels = None,
    convention: Convention = "auto",
    manifest: Manifest = None,
    threads: Threads = 1,
    min_score: Annotated[
        float | None,
        typer.Option(
            min=0.001, max=0.999, help="Detections below are left out; else 0.25 or the manifest's."
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many classes of a classifier.")] = 10,
    draw: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.png",
            help="The picture with what was found on it; of several, each under its own name.",
        ),
    ] = None,
) -> None:
    """What a model sees on pictures: one JSON line each, boxes in the pixels of the upright picture.

    Any TFLite file will do: SSD, YOLOv5, v8 and 11, classifiers, plate readers. How its input and
    outputs are to be understood is told from the file; `edile models inspect` says how, and why.
    A file that no manifest vouches for is opened by a child process first.

    Exit 0 when every picture was read, 1 when some were not (their line says why), 2 when the
    model is refused.

    Example: edile vision run --model waste-class bag.jpg

    Example: edile vision run --model yolo.tflite --labels names.txt street.png --draw seen.png
    """
    _check_convention(convention)
    opened = opened_model(model, labels, convention, manifest, threads)
    if min_score is not None:
        opened = replace(opened, min_score=min_score)
    said = too_few_labels(opened)
    if said:
        typer.echo(said, err=True)
    failed, targets = 0, _targets(draw, images)
    for image, target in zip(images, targets, strict=True):
        try:
            line = _looked_at(opened, image, top, target)
        except BadPicture as error:
            failed += 1
            line = {"image": str(image), "error": f"expected a picture, found {error}"}
        typer.echo(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace"))
    if failed:
        typer.echo(f"{failed} of {len(images)} pictures could not be read", err=True)
        raise typer.Exit(1)


def opened_model(
    name: str, labels: Path | None, convention: str, manifest: Path | None, threads: int
) -> Model:
    """StopError in one line."""
    file, known = find(name, [shipped_folder()])
    if manifest is not None:
        known = read_manifest(manifest)
    with quiet():
        return open_model(
            file, manifest=known, labels=labels, convention=convention, threads=threads
        )


def _check_convention(name: str) -> None:
    if name not in CONVENTIONS:
        raise StopError(f"--convention: expected one of {', '.join(CONVENTIONS)}, found {name!r}")


def _looked_at(model: Model, image: Path, top: int, target: Path | None) -> dict[str, Any]:
    picture = read_picture(image)
    started = time.perf_counter()
    try:
        found = model.run(picture)
    except (RuntimeError, ValueError) as error:
        raise ModelRefused(f"{model.name}: the runtime stopped at {image}: {error}") from error
    ms = (time.perf_counter() - started) * 1000
    if target is not None:
        _write(target, drawn(picture, found))
    return {
        "image": str(image),
        "ms": round(ms, 2),
        "convention": model.convention,
        **written_result(found, top),
    }


def too_few_labels(model: Model) -> str:
    """Empty unless there are labels, but fewer than the model needs."""
    known, needed = len(model.labels), model.classes or 0
    if model.kind == "text" or not 0 < known < needed:
        return ""
    return f"labels: {known} for {needed} classes; those without one are called by their number"


def _targets(draw: Path | None, images: list[Path]) -> list[Path | None]:
    """The file itself for one picture; for several, OUT-NAME.png, numbered where names are alike."""
    if draw is None or len(images) == 1:
        return [draw] * len(images)
    alike, met = Counter(image.stem for image in images), Counter[str]()
    names = []
    for stem in (image.stem for image in images):
        met[stem] += 1
        names.append(stem if alike[stem] == 1 else f"{stem}-{met[stem]}")
    return [draw.with_name(f"{draw.stem}-{name}{draw.suffix}") for name in names]


def _write(target: Path, picture: Picture) -> None:
    try:
        done, content = cv2.imencode(target.suffix or ".png", picture)
        if not done:
            raise StopError(f"{target}: this format cannot be written; name a .png or .jpg")
        target.write_bytes(content.tobytes())
    except cv2.error as error:
        raise StopError(f"{target}: this format cannot be written; name a .png or .jpg") from error
    except OSError as error:
        raise StopError(f"{target}: cannot be written: {error.strerror}") from error
