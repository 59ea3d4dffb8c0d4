"""`edile sim scenes`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulators.options import SeedOption, refuse


def scenes(
    *,
    out: Annotated[Path, typer.Option(help="The folder to write into.")],
    n: Annotated[int, typer.Option(min=1, max=100_000, help="Pictures.")] = 500,
    seed: SeedOption = 1,
    split: Annotated[
        str, typer.Option(help="train, val and test share no surface; any other word is one more.")
    ] = "train",
    place: Annotated[
        str,
        typer.Option(help="street (eight problems), or point (people, bags and bins by stream)."),
    ] = "street",
    width: Annotated[int, typer.Option(min=64, max=1920)] = 640,
    height: Annotated[int, typer.Option(min=64, max=1080)] = 360,
) -> None:
    """Render street scenes with labels: YOLO files, and a truth with everything that is known.

    Example: edile sim scenes --out set --n 500 --seed 7
    """
    import cv2

    from simulators.scenes.writing import CLASSES, write_set

    cv2.setNumThreads(1)
    if place not in CLASSES:
        refuse(f"--place: expected one of {', '.join(CLASSES)}, found {place!r}")
    try:
        with typer.progressbar(length=n, label=f"{split}") as bar:
            size = (width, height)
            write_set(out, n, seed, split, size=size, place=place, told=lambda _: bar.update(1))
    except OSError as error:
        refuse(f"--out: {out}: {error.strerror}")
    print(f"wrote {n} pictures of {split} into {out}", flush=True)
