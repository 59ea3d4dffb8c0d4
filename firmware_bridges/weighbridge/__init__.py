"""Indicator dialects, one module each, one line in DIALECTS."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from firmware_bridges.weighbridge import yaohua_tf0
from firmware_bridges.weighbridge.indicator import DialectSpec, IndicatorSettings

DIALECTS: Mapping[str, DialectSpec] = MappingProxyType(
    {
        "yaohua-tf0": DialectSpec(
            about="Yaohua XK3190 family, continuous mode tF=0 (also Keli D2008)",
            settings=IndicatorSettings,
            decoder=yaohua_tf0.YaohuaTf0Decoder,
            encode=lambda shown: yaohua_tf0.encode(shown.weight, shown.decimals),
            verified="manuals and captured frames",
        ),
    }
)
