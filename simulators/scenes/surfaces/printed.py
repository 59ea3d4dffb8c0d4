"""What is written, glazed and hung out on a street: signs, bills, shopfronts, windows."""

from __future__ import annotations

import cv2
import numpy as np

from simulators.scenes.arrays import Bytes, Chance, Floats, f32
from simulators.scenes.noise import creases, fractal
from simulators.scenes.surfaces.stuff import wares
from simulators.scenes.surfaces.tile import (
    SIZE,
    Tile,
    blend,
    dirt,
    plain,
    rows_columns,
    shade,
    speckle,
    tile,
    tone,
    vivid,
)

NAMES = (
    "便民超市",
    "兴隆五金",
    "水果鲜生",
    "烟酒副食",
    "老街面馆",
    "福来百货",
    "新新理发",
    "大众药房",
)
WORDS = (
    "办证",
    "疏通下水道",
    "高价回收",
    "开锁",
    "急招",
    "贷款",
    "搬家",
    "房屋出租",
    "防水补漏",
    "家教",
)
DIGITS = "0123456789"


def write(
    picture: Floats, words: str, at: tuple[int, int], rgb: tuple[float, float, float], size: int
) -> Floats:
    """Draws words with their lower left corner `at`. OpenCV 4 knows no Chinese: there the strokes of
    each sign are drawn at random from its number, which a camera at ten metres cannot tell."""
    ink = np.zeros(picture.shape[:2], np.uint8)
    if hasattr(cv2, "FontFace"):
        cv2.putText(ink, words, at, 255, cv2.FontFace("uni"), size, weight=700)
    else:
        for place, sign in enumerate(words):
            _strokes(ink, ord(sign), (at[0] + place * size, at[1]), size)
    return blend(picture, np.broadcast_to(f32(rgb), picture.shape), f32(ink / 255.0))


def _strokes(ink: Bytes, sign: int, at: tuple[int, int], size: int) -> None:
    chance = np.random.default_rng(sign)
    for _ in range(5):
        a, b = chance.integers(1, max(2, size - 1), 2), chance.integers(1, max(2, size - 1), 2)
        end = (int(b[0]), int(a[1])) if chance.random() < 0.5 else (int(a[0]), int(b[1]))
        start = (at[0] + int(a[0]), at[1] - int(a[1]))
        cv2.line(ink, start, (at[0] + end[0], at[1] - end[1]), 255, max(1, size // 9))


def sign(chance: Chance) -> Tile:
    """A shop's name board: the tile is 4 m by 1 m of it."""
    base = (
        vivid(chance, chance.uniform(0.35, 0.8))
        if chance.random() < 0.75
        else tone(chance, 0.1, 0.9)
    )
    bright = sum(base) < 1.5
    ink = (0.95, 0.93, 0.82) if bright else vivid(chance, 0.5)
    name = NAMES[int(chance.integers(len(NAMES)))]
    small = plain(base)[:64]
    small = write(small, name, (14, 50), ink, 54)
    colour = f32(cv2.resize(small, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR))
    row, _ = rows_columns()
    colour = np.where(((row < 0.04) | (row > 0.96))[..., None], colour * 0.5, colour)
    return tile(dirt(chance, colour, 0.15), np.zeros((SIZE, SIZE), np.float32))


def bills(chance: Chance) -> Tile:
    """Bills pasted over each other, torn and faded: what is to be found."""
    colour, edge = plain(tone(chance, 0.55, 0.75)), np.zeros((SIZE, SIZE), np.float32)
    sheets = [bill(chance) for _ in range(3)]
    for at in range(int(chance.integers(5, 10))):
        colour = _paste(chance, sheets[at % 3], colour, edge)
    torn = fractal(chance, SIZE, 1.6, 2) > 1.5
    colour = np.where(torn[..., None], plain(tone(chance, 0.6, 0.8)), colour)
    return tile(dirt(chance, colour, 0.3), edge + creases(chance, SIZE, 6))


def bill(chance: Chance) -> Tile:
    """One bill that fills its tile."""
    rgb = tone(chance, 0.75, 0.95) if chance.random() < 0.6 else vivid(chance, 0.9, 0.5)
    colour = plain(rgb)
    ink = vivid(chance, 0.6) if chance.random() < 0.5 else (0.1, 0.1, 0.1)
    words = WORDS[int(chance.integers(len(WORDS)))]
    colour = write(colour, words, (16, 100), ink, min(100, 220 // len(words)))
    number = "1" + "".join(chance.choice(list(DIGITS), 10))
    colour = write(colour, number, (14, 160), ink, 36)
    for line in range(4):
        cv2.line(
            colour, (20, 186 + line * 15), (int(chance.integers(120, 240)), 186 + line * 15), ink, 3
        )
    colour = shade(colour, fractal(chance, SIZE, 1.8), 0.06)
    return tile(dirt(chance, colour, 0.2), creases(chance, SIZE, 8))


def _paste(chance: Chance, paper: Tile, colour: Floats, edge: Floats) -> Floats:
    sheet = paper.colour / np.float32(255.0)
    width, height = int(chance.integers(60, 130)), int(chance.integers(70, 150))
    small = cv2.resize(sheet, (width, height), interpolation=cv2.INTER_AREA)
    turn, x, y = chance.normal(0, 5), chance.integers(0, SIZE - 50), chance.integers(0, SIZE - 50)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(turn), 1.0)
    matrix[:, 2] += np.array((float(x), float(y)))
    laid = cv2.warpAffine(small, matrix, (SIZE, SIZE))
    cover = cv2.warpAffine(np.ones((height, width), np.float32), matrix, (SIZE, SIZE))
    edge[cover > 0.5] += 0.6
    return blend(colour, f32(laid), f32(cover))


def notices(chance: Chance) -> Tile:
    """A notice board as it should be: sheets in rows, behind glass."""
    colour = plain(tone(chance, 0.5, 0.7) if chance.random() < 0.5 else (0.55, 0.12, 0.1))
    across, down = int(chance.integers(2, 5)), int(chance.integers(1, 4))
    width, height = SIZE // across, SIZE // down
    sheets = [bill(chance) for _ in range(4)]
    for place in range(across * down):
        sheet = sheets[int(chance.integers(4))].colour / np.float32(255.0)
        inner = cv2.resize(sheet, (width - 18, height - 18), interpolation=cv2.INTER_AREA)
        y, x = place // across * height + 9, place % across * width + 9
        colour[y : y + height - 18, x : x + width - 18] = inner
    return tile(shade(colour, fractal(chance, SIZE, 2.2), 0.08), np.zeros((SIZE, SIZE), np.float32))


def _frame(chance: Chance, colour: Floats, panes: int) -> Floats:
    row, column = rows_columns()
    rails = ((column * panes % 1) < 0.05) | (row < 0.04) | (row > 0.95)
    metal = plain(tone(chance, 0.25, 0.75))
    return f32(np.where(rails[..., None], metal, colour))


def shopfront(chance: Chance) -> Tile:
    """A glazed shopfront: reflections over a dim inside, with stickers."""
    inside = wares(chance).colour[::2, ::2] / np.float32(255.0) * chance.uniform(0.2, 0.55)
    inside = np.tile(inside, (2, 2, 1))
    row, _ = rows_columns()
    mirror = np.clip(0.35 + 0.25 * fractal(chance, SIZE, 2.0) + 0.3 * (0.5 - row), 0, 0.8)
    colour = blend(f32(inside), plain((0.55, 0.62, 0.68)), f32(mirror))
    if chance.random() < 0.5:
        band = (row > 0.45) & (row < 0.56)
        colour = np.where(band[..., None], plain(vivid(chance, 0.7)), colour)
    colour = _frame(chance, f32(colour), int(chance.integers(2, 5)))
    return tile(colour, np.zeros((SIZE, SIZE), np.float32))


def inside(chance: Chance) -> Tile:
    """The inside of an open shop: shelves in the half dark."""
    row, column = rows_columns()
    colour = wares(chance).colour / np.float32(255.0) * chance.uniform(0.35, 0.8)
    colour = np.tile(colour[::2, ::2], (2, 2, 1))
    shelf = (row * 5 % 1) < 0.08
    colour = np.where(shelf[..., None], plain((0.42, 0.38, 0.33)), colour)
    falloff = np.clip(1.1 - 1.3 * np.abs(column - 0.5) - 0.4 * row, 0.25, 1)
    return tile(f32(colour * falloff[..., None]), np.zeros((SIZE, SIZE), np.float32))


def window(chance: Chance) -> Tile:
    """A flat's window with curtain, bars or washing."""
    _, column = rows_columns()
    colour = blend(
        plain(tone(chance, 0.08, 0.2)),
        plain((0.6, 0.68, 0.75)),
        f32(np.clip(0.3 + 0.3 * fractal(chance, SIZE, 2.2), 0, 0.9)),
    )
    if chance.random() < 0.6:
        curtain = shade(plain(tone(chance, 0.5, 0.85, 0.1)), f32(np.sin(column * 90)), 0.06)
        colour = blend(colour, curtain, f32(np.abs(column - 0.5) > chance.uniform(0.1, 0.4)))
    colour = _frame(chance, colour, int(chance.integers(2, 4)))
    if chance.random() < 0.5:
        bars = (column * 14 % 1) < 0.12
        colour = np.where(bars[..., None], plain((0.62, 0.62, 0.64)), colour)
    return tile(speckle(chance, f32(colour), 0.02), np.zeros((SIZE, SIZE), np.float32))
