"""From light to a file: exposure, tone, lens, sensor, compression. Pure."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from simulators.scenes.arrays import Bytes, Chance, Floats, f32
from simulators.scenes.light import Weather
from simulators.scenes.noise import fractal
from simulators.scenes.scene import Lens

BANK = 1024  # rows and columns of ready noise, from which every picture takes a window


def exposure(light: Floats, lens: Lens, dark: float) -> float:
    """What an automatic exposure chooses: mid grey for the middle of the scene, within its reach."""
    grey = np.einsum("ijk,k->ij", light[::4, ::4], f32((0.25, 0.6, 0.15)))
    level = float(np.exp(np.log(np.maximum(grey, 1e-4)).mean()))
    aim = (0.155 - 0.05 * dark) * 2.0**lens.exposure
    return float(np.clip(aim / max(level, 1e-4), 0.25, 90.0))


def toned(light: Floats, gain: float, lens: Lens) -> Floats:
    """Linear light to screen values 0..255: a film-like shoulder, then the curve of sRGB."""
    x = light * gain
    x = x * f32((1 + 0.12 * lens.warm, 1.0, 1 - 0.14 * lens.warm))
    x = np.clip(
        x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0, 1
    )  # Narkowicz's ACES fit, 2015
    r = np.sqrt(x)
    r2 = np.sqrt(r)
    screen = 0.6625 * r + 0.6841 * r2 - 0.3237 * np.sqrt(r2) - 0.0200 * x
    grey = screen.mean(2, keepdims=True)
    screen = grey + (screen - grey) * lens.saturation
    return f32((screen - 0.5) * lens.contrast * 255.0 + 127.5)


def bloomed(light: Floats, gain: float) -> Floats:
    """What is far too bright spills over."""
    small = cv2.resize(light, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    over = np.clip(small * gain - 1.6, 0, 12) / gain
    if float(over.max()) <= 0:
        return light
    halo = 0.22 * cv2.GaussianBlur(over, (0, 0), 1.5) + 0.12 * cv2.GaussianBlur(over, (0, 0), 8)
    return f32(light + cv2.resize(halo, (light.shape[1], light.shape[0])))


@lru_cache(maxsize=1)
def _grains() -> tuple[Floats, Floats]:
    """Noise of single pixels, and the coarser noise that a camera's cleaning leaves."""
    chance = np.random.default_rng(20)
    fine = f32(chance.standard_normal((BANK, BANK, 3)))
    fine = f32(0.75 * fine.mean(2, keepdims=True) * 1.7 + 0.45 * fine)
    coarse = cv2.GaussianBlur(f32(chance.standard_normal((BANK, BANK, 3))), (0, 0), 1.6)
    return fine, f32(coarse / coarse.std())


def softened(screen: Floats, lens: Lens) -> Floats:
    """Blur and vignette."""
    rows, columns = screen.shape[:2]
    if lens.blur_px > 0.25:
        screen = f32(cv2.GaussianBlur(screen, (0, 0), lens.blur_px))
    return f32(screen * _vignette(rows, columns, round(lens.vignette, 2)))


@lru_cache(maxsize=4)
def _ready_noise(level: float) -> NDArray[np.int8]:
    fine, coarse = _grains()
    return np.clip(level * (fine + 0.3 * coarse), -127, 127).astype(np.int8)


def quickly_sensed(screen: Bytes, lens: Lens, chance: Chance, amplified: float) -> Bytes:
    """Noise alone, from a ready bank: what a live camera can afford at every picture."""
    rows, columns = screen.shape[:2]
    noise = _ready_noise(round(lens.noise * (1 + lens.gain * amplified), 1))
    y, x = (int(chance.integers(0, BANK - limit)) for limit in (rows, columns))
    window = noise[y : y + rows, x : x + columns]
    return np.asarray(cv2.add(screen, window, dtype=cv2.CV_8U), dtype=np.uint8)


def sensed(screen: Floats, lens: Lens, chance: Chance, amplified: float) -> Bytes:
    """Blur, vignette, noise (more where it is dark and amplified), sharpening. `amplified` 0..1."""
    rows, columns = screen.shape[:2]
    screen = softened(screen, lens)
    y, x = (int(chance.integers(0, BANK - limit)) for limit in (rows, columns))
    fine, coarse = _grains()
    level = lens.noise * (1 + lens.gain * amplified)
    screen = screen + fine[y : y + rows, x : x + columns] * (level * (1 - 0.5 * amplified))
    if amplified > 0.05:
        screen = screen + coarse[y : y + rows, x : x + columns] * (level * 0.6 * amplified)
    if lens.sharpen > 0:
        screen = screen + lens.sharpen * (screen - cv2.GaussianBlur(f32(screen), (0, 0), 1.3))
    return np.clip(screen, 0, 255).astype(np.uint8)


@lru_cache(maxsize=8)
def _vignette(rows: int, columns: int, strength: float) -> Floats:
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    return f32(1 - strength * 0.5 * (x * x + y * y))[..., None]


def dirtied(screen: Bytes, lens: Lens, chance: Chance) -> Bytes:
    """Smears, and drops of rain that bend what is behind them."""
    rows, columns = screen.shape[:2]
    if lens.dirt > 0.02:
        smear = np.clip(fractal(chance, 128, 1.9, 2) - 1.6 + 1.4 * lens.dirt, 0, 1)
        veil = cv2.resize(smear, (columns, rows))[..., None] * 0.55
        soft = cv2.GaussianBlur(screen, (0, 0), 7)
        screen = (screen * (1 - veil) + (0.7 * soft + 40) * veil).astype(np.uint8)
    drops = int(lens.drops * 28)
    for _ in range(drops):
        r = int(chance.integers(4, 16))
        x, y = int(chance.integers(r, columns - r)), int(chance.integers(r, rows - r))
        patch = screen[y - r : y + r, x - r : x + r]
        disc = np.zeros(patch.shape[:2], np.float32)
        cv2.circle(disc, (r, r), r - 1, 1.0, -1)
        inside = f32(cv2.GaussianBlur(disc, (0, 0), 1.5))[..., None]
        bent = cv2.GaussianBlur(patch[::-1, ::-1], (0, 0), 2.0)
        screen[y - r : y + r, x - r : x + r] = (patch * (1 - inside) + bent * inside).astype(
            np.uint8
        )
    return screen


def rained(screen: Floats, weather: Weather, chance: Chance) -> Floats:
    """Streaks of falling rain, nearer ones longer."""
    if weather.rain <= 0.02:
        return screen
    rows, columns = screen.shape[:2]
    streak = np.zeros((rows, columns), np.float32)
    lean = float(chance.normal(0, 0.12))
    for _ in range(int(60 + 420 * weather.rain)):
        x, y = float(chance.uniform(0, columns)), float(chance.uniform(-20, rows))
        long = float(chance.gamma(2.0, 7.0)) * rows / 360
        end = (int(x + lean * long), int(y + long))
        cv2.line(streak, (int(x), int(y)), end, float(chance.uniform(0.08, 0.4)), 1, cv2.LINE_AA)
    share = f32(cv2.GaussianBlur(streak, (0, 0), 0.7))[..., None] * 0.7
    return f32(screen + (200.0 - screen) * share)


def stamped(screen: Bytes, words: str) -> Bytes:
    """Time and name as surveillance cameras print them: white with a black edge."""
    if not words:
        return screen
    ink = np.zeros(screen.shape[:2], np.uint8)
    size = screen.shape[0] / 620
    cv2.putText(ink, words, (10, int(30 * size) + 6), cv2.FONT_HERSHEY_SIMPLEX, size, 255, 1)
    edge = cv2.dilate(ink, np.ones((3, 3), np.uint8))[..., None] / 255.0
    screen = (screen * (1 - 0.8 * edge)).astype(np.uint8)
    return np.maximum(screen, (ink * 0.95).astype(np.uint8)[..., None])


def compressed(screen: Bytes, quality: int) -> bytes:
    """As a JPEG file."""
    _, data = cv2.imencode(".jpg", screen[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()


def opened(jpeg: bytes) -> Bytes:
    """Rows × columns × RGB."""
    back = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return np.ascontiguousarray(f32(back)[..., ::-1]).astype(np.uint8)
