"""An anchor-free detector on the EfficientNet-Lite0 trunk, small enough for a gateway's core.

Three levels (strides 8, 16, 32), a top-down path of additions, one head shared by the levels. The shallow
detector has the trunk's first eleven blocks only, and its coarsest level from one layer upon them. Each
cell says a box (centre offset and log size, in strides) and one score per class. The shipped file
answers `[1, 4 + classes, cells]`: centre x, centre y, width, height as shares of the picture's
sides, then the scores; the layout many public detectors use.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.training.lite0 import ALL_BLOCKS, Pointwise, Trunk

STRIDES = (8, 16, 32)
TRUNK_CHANNELS = (40, 112, 320)
FINE_BLOCKS, MIDDLE_BLOCKS = 5, 11  # of the trunk before the features at strides 8 and 16
RARE = -4.0  # first bias of the scores: a cell holds something about once in sixty
LOG_SIZE_LIMIT = 4.0  # exp(4) strides are wider than any picture used here


class LevelNorm(nn.Module):
    """Batch norm whose gains all levels share while each has its own statistics: cells of different levels see
    things in different sizes, and a mean of their statistics would fit none of them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(len(STRIDES), channels))
        self.register_buffer("running_var", torch.ones(len(STRIDES), channels))

    def forward(self, x: Tensor, level: int) -> Tensor:
        mean, var = self.running_mean[level], self.running_var[level]
        return functional.batch_norm(x, mean, var, self.weight, self.bias, self.training)


class Tower(nn.Sequential):
    """Layers that all levels share."""

    def forward(self, x: Tensor, level: int) -> Tensor:
        for layer in self:
            x = layer(x, level) if isinstance(layer, Tower | LevelNorm) else layer(x)
        return x


def _tower(channels: int, layers: int = 2) -> Tower:
    return Tower(
        *(
            Tower(
                nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
                LevelNorm(channels),
                Pointwise(channels, channels, 1, bias=False),
                LevelNorm(channels),
                nn.ReLU6(),
            )
            for _ in range(layers)
        )
    )


def _separable(channels: int) -> nn.Sequential:
    """Depthwise 3x3 and pointwise, each normed, clipped like the trunk's."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
        nn.BatchNorm2d(channels),
        Pointwise(channels, channels, 1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU6(),
    )


def _halved(inputs: int, channels: int) -> nn.Sequential:
    """From one level to the next coarser one."""
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 5, stride=2, padding=2, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        Pointwise(inputs, channels, 1, bias=False),
        nn.BatchNorm2d(channels),
    )


class Detector(nn.Module):
    """`forward` gives raw cells `[n, cells, 4 + classes]`; `Shipped` what the file answers."""

    def __init__(self, classes: int, *, channels: int = 64, shallow: bool = False) -> None:
        super().__init__()
        self.classes, self.shallow = classes, shallow
        self.trunk = Trunk(blocks=MIDDLE_BLOCKS if shallow else ALL_BLOCKS)
        self.lateral = nn.ModuleList(
            nn.Sequential(Pointwise(c, channels, 1, bias=False), nn.BatchNorm2d(channels))
            for c in TRUNK_CHANNELS[: 2 if shallow else 3]
        )
        if shallow:
            self.lateral.append(_halved(TRUNK_CHANNELS[1], channels))
        self.smooth = nn.ModuleList(_separable(channels) for _ in STRIDES)
        self.box_tower, self.class_tower = _tower(channels), _tower(channels)
        self.box = Pointwise(channels, 4, 1)
        self.score = Pointwise(channels, classes, 1)
        nn.init.constant_(self.score.bias, RARE)

    def features(self, fine: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What each level is made of, from the trunk's finest: 40, 112 and 320 (shallow: 112) channels."""
        middle = self.trunk.span(fine, FINE_BLOCKS, MIDDLE_BLOCKS)
        coarse = middle if self.shallow else self.trunk.after(middle, MIDDLE_BLOCKS)
        return fine, middle, coarse

    def levels(self, features: tuple[Tensor, Tensor, Tensor]) -> list[Tensor]:
        """Per level `[n, 4 + classes, h, w]` from the trunk's three features."""
        fine, middle, coarse = (layer(f) for layer, f in zip(self.lateral, features, strict=True))
        middle = middle + functional.interpolate(coarse, scale_factor=2.0, mode="nearest")
        fine = fine + functional.interpolate(middle, scale_factor=2.0, mode="nearest")
        found = []
        for at, lateral in enumerate((fine, middle, coarse)):
            x = self.smooth[at](lateral)
            box, score = self.box(self.box_tower(x, at)), self.score(self.class_tower(x, at))
            found.append(torch.cat([box, score], 1))
        return found

    def forward(self, x: Tensor, *, frozen_blocks: int = 0) -> Tensor:
        if not 0 <= frozen_blocks <= FINE_BLOCKS:
            raise ValueError("the trunk can be frozen up to block 5, the first level, at most")
        with torch.set_grad_enabled(torch.is_grad_enabled() and frozen_blocks == 0):
            early = self.trunk.until(x, frozen_blocks)
        fine = self.trunk.span(early, frozen_blocks, FINE_BLOCKS)
        found = self.levels(self.features(fine))
        return torch.cat([y.flatten(2) for y in found], 2).mT


def cells(size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Centres `[cells, 2]` (x, y) and strides `[cells, 1]` in pixels for a picture `(h, w)`."""
    centres, strides = [], []
    for stride in STRIDES:
        height, width = size[0] // stride, size[1] // stride
        y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        centres.append((torch.stack([x.flatten(), y.flatten()], 1) + 0.5) * stride)
        strides.append(torch.full((height * width, 1), float(stride)))
    return torch.cat(centres).float(), torch.cat(strides)


def boxes_of(raw: Tensor, centres: Tensor, strides: Tensor) -> Tensor:
    """Corners `[..., cells, 4]` (x1, y1, x2, y2) in pixels from raw cells."""
    middle = centres + raw[..., :2] * strides
    half = raw[..., 2:4].clamp(max=LOG_SIZE_LIMIT).exp() * strides / 2
    return torch.cat([middle - half, middle + half], -1)


class Shipped(nn.Module):
    """The detector with its decoding inside.

    Written without additions after the head: the quantiser takes additions for the trunk's and
    rounds them to 8 bits, which would move a box by a percent of the picture.
    """

    def __init__(self, detector: Detector, size: tuple[int, int]) -> None:
        """`size`: height and width."""
        super().__init__()
        self.detector = detector
        centres, strides = cells(size)
        sides = torch.tensor([size[1], size[0]])
        self.register_buffer("centres", (centres / sides).T[None].contiguous())
        self.register_buffer("strides", (strides / sides).T[None].contiguous())

    def forward(self, x: Tensor) -> Tensor:
        fine = self.detector.trunk.until(x, FINE_BLOCKS)
        levels = self.detector.levels(self.detector.features(fine))
        raw = torch.cat([y.flatten(2) for y in levels], 2)
        middle = self.centres - raw[:, :2] * -self.strides
        span = raw[:, 2:4].clamp(max=LOG_SIZE_LIMIT).exp() * self.strides
        return torch.cat([middle, span, raw[:, 4:].sigmoid()], 1)
