"""Noise that repeats without a seam: what makes a wall a wall and a bag a bag. Pure."""

from __future__ import annotations

import cv2
import numpy as np

from simulators.scenes.arrays import Chance, Floats, f32


def fractal(chance: Chance, size: int, beta: float = 1.8, coarsest: int = 1) -> Floats:
    """Noise with a power spectrum of 1/f^beta, mean 0 and deviation 1. Nothing coarser than
    `coarsest` waves a tile."""
    wave = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :]) * size
    gain = np.where(wave < coarsest, 0.0, 1.0 / np.maximum(wave, 1) ** beta)
    spectrum = np.fft.rfft2(chance.standard_normal((size, size))) * gain
    field = np.fft.irfft2(spectrum, s=(size, size))
    return f32((field - field.mean()) / (field.std() + 1e-9))


def grain(chance: Chance, size: int) -> Floats:
    """White noise, mean 0 and deviation 1."""
    return f32(chance.standard_normal((size, size)))


def cells(chance: Chance, size: int, count: int) -> tuple[Floats, Floats]:
    """Per pixel: the distance to the nearest of `count` random points in parts of their usual
    spacing, and the number (0..1) of that point."""
    points = chance.random((count, 2)) * size
    around = np.concatenate(
        [points + size * np.array([i, j]) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    )
    seeds = np.ones((3 * size, 3 * size), np.uint8)
    at = np.clip((around + size).astype(int), 0, 3 * size - 1)
    seeds[at[:, 0], at[:, 1]] = 0
    far, label = cv2.distanceTransformWithLabels(
        seeds, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    middle = (slice(size, 2 * size),) * 2
    names = np.zeros(int(label.max()) + 1, np.float32)
    names[label[at[:, 0], at[:, 1]]] = np.tile(chance.random(count), 9)
    spacing = size / np.sqrt(count)
    return f32(far[middle] / spacing), names[label[middle]]


def creases(chance: Chance, size: int, folds: int = 14) -> Floats:
    """Height of something crumpled (0..1): facets between folds in random directions."""
    row, column = np.mgrid[0:size, 0:size].astype(np.float32) / size
    bend = fractal(chance, size, 2.2)
    height = np.zeros((size, size), np.float32)
    for _ in range(folds):
        across, down = chance.integers(-6, 7, 2)
        wave = across * column + down * row + chance.random() + 0.09 * bend
        height += np.abs(wave - np.floor(wave) - 0.5) * chance.uniform(0.3, 1.0)
    height -= height.min()
    return f32(height / height.max())


def streaks(chance: Chance, size: int, length: float = 40.0) -> Floats:
    """Stains that run down, mean 0 and deviation about 1."""
    field = fractal(chance, size, 0.9, 4)
    smear = cv2.blur(np.tile(field, (3, 1)), (1, max(1, int(length))))[size : 2 * size]
    return f32((smear - smear.mean()) / (smear.std() + 1e-9))
