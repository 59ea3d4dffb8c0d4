"""Reading pictures for the recipes: folders of classes in, uint8 RGB arrays out."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.training.lite0 import INPUT_MEAN, INPUT_STD

Picture = NDArray[np.uint8]


def read_rgb(path: Path) -> Picture:
    """`[h, w, 3]`; raises ValueError when the file is no picture."""
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ValueError(f"{path}: not a picture OpenCV can read")
    return np.ascontiguousarray(bgr[:, :, ::-1])


def squash(picture: Picture, size: int) -> Picture:
    """Resize both sides to `size` without keeping the aspect: what the gateway's loader does."""
    return cv2.resize(picture, (size, size), interpolation=cv2.INTER_LINEAR)


def normalised(pictures: NDArray[np.uint8]) -> Tensor:
    """`[n, h, w, 3]` uint8 to `[n, 3, h, w]` float in channels-last memory."""
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float()
    return ((x - INPUT_MEAN) / INPUT_STD).contiguous(memory_format=torch.channels_last)
