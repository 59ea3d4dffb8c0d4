"""`edile sim camera`."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulators.options import SeedOption, TruthOption, open_truth, refuse

if TYPE_CHECKING:
    from simulators.camera.mishaps import Mishap
    from simulators.camera.table import Place
    from simulators.camera.world import World

SceneOption = Annotated[str, typer.Option(help="disposal-point, street or dumping.")]
HttpOption = Annotated[str, typer.Option(help="HOST:PORT to serve on; port 0 = any.")]
RtspOption = Annotated[
    str | None, typer.Option(help="HOST:PORT to serve RTSP on as well (over TCP).")
]
LoginOption = Annotated[str | None, typer.Option(help="NAME:PASSWORD that RTSP asks for.")]
FolderOption = Annotated[
    Path | None, typer.Option(help="Write the pictures here in real time instead.")
]
LengthOption = Annotated[float, typer.Option(min=0.05, max=24 * 60, help="Of the world's time.")]
ScaleOption = Annotated[
    float, typer.Option(min=0.1, max=60, help="Seconds of the world in a second of the clock.")
]
FpsOption = Annotated[float, typer.Option(min=0.1, max=25, help="Pictures a second.")]
HourOption = Annotated[float, typer.Option(min=0, max=24, help="Of the day when it begins.")]
DayOption = Annotated[
    float, typer.Option(min=0, max=60, help="How fast the day passes; 0.0167 is real.")
]
WeatherOption = Annotated[str, typer.Option(help="sun, cloud, rain, wet or fog.")]
MishapOption = Annotated[
    list[str] | None,
    typer.Option(help="KIND@SECONDS:DURATION: covered, turned, defocused, frozen, looped, power."),
]
LabelsOption = Annotated[bool, typer.Option(help="Write what each picture shows into the truth.")]
QuickOption = Annotated[
    bool, typer.Option(help="Few surfaces: begins some seconds sooner, looks poorer.")
]


def camera(
    *,
    scene: SceneOption = "disposal-point",
    http: HttpOption = "127.0.0.1:8090",
    rtsp: RtspOption = None,
    login: LoginOption = None,
    folder: FolderOption = None,
    seed: SeedOption = 1,
    minutes: LengthOption = 60.0,
    scale: ScaleOption = 1.0,
    fps: FpsOption = 5.0,
    hour: HourOption = 10.0,
    hours_per_minute: DayOption = 1 / 60,
    weather: WeatherOption = "sun",
    width: Annotated[int, typer.Option(min=160, max=1920)] = 640,
    height: Annotated[int, typer.Option(min=90, max=1080)] = 360,
    mishap: MishapOption = None,
    labels: LabelsOption = False,
    quick: QuickOption = False,
    truth: TruthOption = None,
) -> None:
    """Play a camera over a place that lives, and write down what truly happened there.

    Serves /stream (MJPEG), /snapshot.jpg and, if asked, RTSP; POST words to /prompt and people hear them.

    Example: edile sim camera --scene disposal-point --http 127.0.0.1:8090 --seed 7 --truth point.jsonl
    """
    from simulators.camera.table import WEATHERS

    place, mishaps, at = _place(scene), _mishaps(mishap or []), _address("--http", http)
    second = _address("--rtsp", rtsp) if rtsp else None
    if second and (width % 8 or height % 8):
        refuse("--rtsp: expected a width and height that are multiples of 8")
    if weather not in WEATHERS:
        refuse(f"--weather: expected one of {', '.join(WEATHERS)}, found {weather!r}")
    made = place.scene(seed, (width, height), hour, WEATHERS[weather])
    world = place.world(seed, minutes * 60, replace(made, edition=-1) if quick else made)
    wanted = _Wanted(folder, at, second, login, fps, scale, labels, truth)
    try:
        ended = wanted.play(scene, seed, world, mishaps, hours_per_minute / 60)
    except OSError as error:
        refuse(f"{folder or http}: {error.strerror or error}")
    print("the scenario has ended" if ended else "stopped", flush=True)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Where the pictures shall go, and how fast."""

    folder: Path | None
    at: tuple[str, int]
    rtsp: tuple[str, int] | None
    login: str | None
    fps: float
    scale: float
    labels: bool
    truth: Path | None

    def play(
        self, name: str, seed: int, world: World, mishaps: tuple[Mishap, ...], hour_rate: float
    ) -> bool:
        import cv2

        from simulators.camera.live import LiveCamera
        from simulators.camera.playing import Player
        from simulators.camera.rtsp import served_rtsp
        from simulators.camera.running import in_folder, run
        from simulators.camera.serving import served
        from simulators.camera.world import header

        cv2.setNumThreads(1)  # a simulated camera leaves the cores to what watches it
        with contextlib.ExitStack() as stack:
            written = stack.enter_context(open_truth(self.truth)) if self.truth else None
            live = LiveCamera(world, mishaps, hour_rate)
            player = Player(live, self.scale, written, self.labels)
            player.write([header(world, name, seed, self.scale)])
            player.play(0.0)  # the first picture takes seconds: time begins after it
            if self.folder is not None:
                return in_folder(player, self.folder, self.fps)
            port = stack.enter_context(served(player, *self.at))
            print(f"serving http://{self.at[0]}:{port}/stream", flush=True)
            if self.rtsp is not None:
                again = stack.enter_context(served_rtsp(player, *self.rtsp, self.login))
                print(f"serving rtsp://{self.rtsp[0]}:{again}/stream", flush=True)
            return run(player, self.fps)


def _place(name: str) -> Place:
    from simulators.camera.table import PLACES

    if name not in PLACES:
        refuse(f"--scene: expected one of {', '.join(PLACES)}, found {name!r}")
    return PLACES[name]


def _mishaps(words: list[str]) -> tuple[Mishap, ...]:
    from simulators.camera.mishaps import read

    try:
        return tuple(read(one) for one in words)
    except ValueError as error:
        refuse(f"--mishap: {error}")


def _address(option: str, words: str) -> tuple[str, int]:
    host, _, port = words.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        refuse(f"{option}: expected HOST:PORT, found {words!r}")
    return host, int(port)
