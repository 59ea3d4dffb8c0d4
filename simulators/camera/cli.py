"""`edile sim camera`."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from simulators.options import SeedOption, TruthOption, open_truth, refuse


def camera(
    *,
    scene: Annotated[
        str, typer.Option(help="disposal-point, street or dumping.")
    ] = "disposal-point",
    http: Annotated[
        str, typer.Option(help="HOST:PORT to serve on; port 0 = any.")
    ] = "127.0.0.1:8090",
    folder: Annotated[
        Path | None, typer.Option(help="Write the pictures here in real time instead.")
    ] = None,
    seed: SeedOption = 1,
    minutes: Annotated[
        float, typer.Option(min=0.05, max=24 * 60, help="Of the world's time.")
    ] = 60.0,
    scale: Annotated[
        float, typer.Option(min=0.1, max=60, help="Seconds of the world in a second of the clock.")
    ] = 1.0,
    fps: Annotated[float, typer.Option(min=0.1, max=25, help="Pictures a second.")] = 5.0,
    hour: Annotated[float, typer.Option(min=0, max=24, help="Of the day when it begins.")] = 10.0,
    hours_per_minute: Annotated[
        float, typer.Option(min=0, max=60, help="How fast the day passes; 0.0167 is real.")
    ] = 1 / 60,
    weather: Annotated[str, typer.Option(help="sun, cloud, rain, wet or fog.")] = "sun",
    width: Annotated[int, typer.Option(min=160, max=1920)] = 640,
    height: Annotated[int, typer.Option(min=90, max=1080)] = 360,
    mishap: Annotated[
        list[str] | None,
        typer.Option(
            help="KIND@SECONDS:DURATION: covered, turned, defocused, frozen, looped, power."
        ),
    ] = None,
    labels: Annotated[
        bool, typer.Option(help="Write what each picture shows into the truth.")
    ] = False,
    truth: TruthOption = None,
) -> None:
    """Play a camera over a place that lives, and write down what truly happened there.

    Serves /stream (MJPEG) and /snapshot.jpg; POST words to /prompt and people hear them.

    Example: edile sim camera --scene disposal-point --http 127.0.0.1:8090 --seed 7 --truth point.jsonl
    """
    import cv2

    from simulators.camera.live import LiveCamera
    from simulators.camera.mishaps import read
    from simulators.camera.playing import Player
    from simulators.camera.running import in_folder, run
    from simulators.camera.serving import served
    from simulators.camera.table import PLACES, WEATHERS
    from simulators.camera.world import header

    cv2.setNumThreads(1)  # a simulated camera leaves the cores to what watches it
    if scene not in PLACES:
        refuse(f"--scene: expected one of {', '.join(PLACES)}, found {scene!r}")
    if weather not in WEATHERS:
        refuse(f"--weather: expected one of {', '.join(WEATHERS)}, found {weather!r}")
    host, _, port = http.rpartition(":")
    if not host or not port.isdecimal():
        refuse(f"--http: expected HOST:PORT, found {http!r}")
    try:
        mishaps = tuple(read(words) for words in mishap or ())
    except ValueError as error:
        refuse(f"--mishap: {error}")
    place = PLACES[scene]
    made = place.scene(seed, (width, height), hour, WEATHERS[weather])
    world = place.world(seed, minutes * 60, made)
    try:
        with contextlib.ExitStack() as stack:
            written = stack.enter_context(open_truth(truth)) if truth else None
            player = Player(
                LiveCamera(world, mishaps, hours_per_minute / 60), scale, written, labels
            )
            player.write([header(world, scene, seed, scale)])
            player.play(0.0)  # the first picture takes seconds: time begins after it
            if folder is not None:
                ended = in_folder(player, folder, fps)
            else:
                given = stack.enter_context(served(player, host, int(port)))
                print(f"serving http://{host}:{given}/stream", flush=True)
                ended = run(player, fps)
    except OSError as error:
        refuse(f"{folder or http}: {error.strerror or error}")
    print("the scenario has ended" if ended else "stopped", flush=True)
