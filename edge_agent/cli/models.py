"""`edile models`: which models there are, whether they are what they say, how fast and how right."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import cv2
import typer

from edge_agent.cli.silence import quiet
from edge_agent.cli.vision import Convention, Labels, Manifest, Threads, opened_model
from edge_agent.errors import ConfigError, StopError
from edge_agent.vision.models.benching import bench as measured
from edge_agent.vision.models.catalogue import find, manifests, shipped_folder
from edge_agent.vision.models.evaluating import evaluate
from edge_agent.vision.models.inspecting import described, manifest_text, text
from edge_agent.vision.models.manifest import ModelManifest, read_manifest
from edge_agent.vision.models.plots import draw
from edge_agent.vision.models.self_test import pictures
from edge_agent.vision.models.verifying import Verdict, record
from edge_agent.vision.models.verifying import verify as verified
from edge_agent.vision.stills.header import BadPicture
from edge_agent.vision.stills.reading import Picture, read_picture

models = typer.Typer(
    help="Models: list, verify, bench, inspect, eval.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
Chosen = Annotated[
    str,
    typer.Argument(metavar="MODEL", help="A .tflite file, a model's folder, or a shipped name."),
]
Folder = Annotated[
    Path | None, typer.Option(help="A folder of models (model.toml, one below each) besides ours.")
]


@models.callback()
def _commands() -> None:
    """Models as files: which there are, what they say of themselves, how fast and how right they are."""


@models.command("list")
def list_models(folder: Folder = None) -> None:
    """The models that ship, and those of a folder.

    Example: edile models list --folder my-models
    """
    rows = [_row(path) for path in _manifests(folder)]
    if not rows:
        raise StopError("no model.toml found; edile models inspect FILE --toml begins one")
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]) - 1)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        typer.echo("  ".join([*cells, row[-1]]).rstrip())


@models.command()
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="MODEL", help="All that are known if none.")
    ] = None,
    folder: Folder = None,
    keep: Annotated[
        bool, typer.Option("--record", help="Write expected.json from what it answers now.")
    ] = False,
    picture: Annotated[
        list[str] | None,
        typer.Option(help="With --record: a picture, relative to the model's folder. Repeatable."),
    ] = None,
) -> None:
    """Hash, labels, self-test and expected answers of models. Exit 1 when one is not what it says.

    Example: edile models verify waste-class
    """
    chosen = [_folder_of(name, folder) for name in names or []] or [
        path.parent for path in _manifests(folder)
    ]
    if not chosen:
        raise StopError("no model.toml found; edile models inspect FILE --toml begins one")
    if keep:
        for one in chosen:
            typer.echo(f"{_recorded(one, picture or [])}: written")
    with quiet():
        verdicts = [verified(one) for one in chosen]
    for verdict in verdicts:
        typer.echo(_verdict(verdict))
    if any(verdict.wrong for verdict in verdicts):
        raise typer.Exit(1)


@models.command()
def bench(
    model: Chosen,
    *,
    threads: Annotated[
        list[int] | None, typer.Option(min=1, max=64, help="Repeatable. Else 1 and the cores.")
    ] = None,
    runs: Annotated[int, typer.Option(min=5, max=10_000, help="Runs for each number.")] = 50,
    picture: Annotated[Path | None, typer.Option(help="Else one of 1280 x 720 made here.")] = None,
    labels: Labels = None,
    convention: Convention = "auto",
    manifest: Manifest = None,
) -> None:
    """Milliseconds of a whole run (picture in, findings out) beside the bare invoke, over threads.

    One JSON line for each number of threads; `overhead` is CPU time of whole runs by bare invokes.

    Example: edile models bench waste-class --threads 1 --threads 2
    """
    shown = _picture(picture)
    for number in threads or sorted({1, min(4, os.cpu_count() or 1)}):
        opened = opened_model(model, labels, convention, manifest, number)
        timing = asdict(measured(opened, shown, number, runs))
        rounded = {key: round(value, 3) for key, value in timing.items()}
        size = [shown.shape[1], shown.shape[0]]
        typer.echo(json.dumps({"model": opened.name, "picture": size, **rounded}))


@models.command()
def inspect(
    model: Chosen,
    *,
    labels: Labels = None,
    convention: Convention = "auto",
    manifest: Manifest = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    toml: Annotated[bool, typer.Option("--toml", help="A model.toml to begin with.")] = False,
) -> None:
    """What goes in and comes out, which convention was found, and why.

    Example: edile models inspect yolo.tflite

    Example: edile models inspect yolo.tflite --toml > model.toml
    """
    opened = opened_model(model, labels, convention, manifest, 1)
    if toml:
        typer.echo(manifest_text(opened), nl=False)
        return
    known = read_manifest(manifest) if manifest else find(model, [shipped_folder()])[1]
    facts = described(opened, known)
    typer.echo(json.dumps(facts, ensure_ascii=False, default=str) if as_json else text(facts))


@models.command("eval")
def evaluate_model(
    model: Chosen,
    folder: Annotated[Path, typer.Argument(help="Labelled pictures.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the JSON and PNG files.")] = Path(),
    classes: Annotated[
        Path | None, typer.Option(help="Names of the label files' numbers, one a line.")
    ] = None,
    labels: Labels = None,
    convention: Convention = "auto",
    manifest: Manifest = None,
    threads: Threads = 1,
) -> None:
    """How right a model is on labelled pictures: writes MODEL.eval.json and MODEL.eval.png.

    A classifier: one folder of pictures for each label; accuracy with its 95 % Wilson interval, a
    confusion matrix. A detector: pictures with YOLO label files beside them or in images/ and
    labels/; average precision at 0.5 overlap for each class, with the number of boxes. A text
    reader: pictures named by their text.

    Example: edile models eval waste-class held-back/ --out cards/
    """
    opened = opened_model(model, labels, convention, manifest, threads)
    found = evaluate(opened, folder, _lines(classes))
    target = out / f"{opened.name}.eval.json"
    typer.echo(json.dumps(found.figures, ensure_ascii=False))
    try:
        out.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(found.figures, ensure_ascii=False, indent=1) + "\n", "utf-8")
        if opened.kind != "text":
            draw(found, target.with_suffix(".png"))
    except OSError as error:
        raise StopError(f"{target}: cannot be written: {error.strerror}") from error


def _manifests(folder: Path | None) -> list[Path]:
    if folder is not None and not folder.is_dir():
        raise StopError(f"{folder}: expected a folder of models, found none")
    return [*manifests(shipped_folder()), *(manifests(folder) if folder else [])]


def _row(path: Path) -> list[str]:
    try:
        manifest = read_manifest(path)
    except (ConfigError, StopError) as error:
        return [path.parent.name, "", "broken", "", str(error).splitlines()[0]]
    size = manifest.file.stat().st_size if manifest.file.is_file() else 0
    return [
        manifest.name,
        f"v{manifest.version}",
        manifest.kind,
        f"{size / 1e6:.1f} MB" if size else "no file",
        f"{manifest.licence}{_headline(manifest)}",
    ]


def _headline(manifest: ModelManifest) -> str:
    """What was measured, as far as it is one number or one short text each."""
    plain = {k: v for k, v in manifest.measured.items() if isinstance(v, int | float | str)}
    return "".join(f", {key} {value}" for key, value in list(plain.items())[:4])


def _folder_of(name: str, folder: Path | None) -> Path:
    known = find(name, [shipped_folder(), *([folder] if folder else [])])[1]
    if known is None:
        raise StopError(f"{name}: expected a model with a model.toml beside it, found none")
    return known.folder


def _recorded(folder: Path, names: list[str]) -> Path:
    try:
        return record(read_manifest(folder), names)
    except BadPicture as error:
        raise StopError(f"{folder}: expected pictures, found {error}") from error
    except OSError as error:
        raise StopError(f"{folder}: cannot be written: {error.strerror}") from error


def _verdict(verdict: Verdict) -> str:
    if verdict.wrong:
        return "\n".join(f"{verdict.name}: {fault}" for fault in verdict.wrong)
    return f"{verdict.name}: ok ({', '.join(verdict.checked)})"


def _picture(path: Path | None) -> Picture:
    if path is None:
        made: Picture = cv2.resize(pictures()[0], (1280, 720)).astype("uint8")
        return made
    try:
        return read_picture(path)
    except BadPicture as error:
        raise StopError(f"{path}: expected a picture, found {error}") from error


def _lines(path: Path | None) -> list[str] | None:
    if path is None:
        return None
    try:
        said = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise StopError(f"{path}: expected one name a line: {error}") from error
    return [line.strip() for line in said if line.strip()]
