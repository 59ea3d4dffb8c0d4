"""Indicator dialects, one module each, one line in DIALECTS."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from firmware_bridges.weighbridge import (
    dingsong_ds822,
    flintec_ft111d,
    keli_xk3118k9,
    m4222,
    mt_sics,
    plain_line,
    rice_lake_stream,
    sma,
    st_gs_line,
    stx_6digits_cr,
    tenzo_m,
    toledo_continuous,
    vishay_vt220,
    wn_line,
    yaohua_a12e_xor,
    yaohua_cmd,
    yaohua_eq,
    yaohua_tf0,
)
from firmware_bridges.weighbridge.indicator import (
    DialectSpec,
    IndicatorSettings,
    TextSettings,
)

DIALECTS: Mapping[str, DialectSpec] = MappingProxyType(
    {
        "yaohua-tf0": DialectSpec(
            about="Yaohua XK3190 family, continuous mode tF=0 (also Keli D2008)",
            settings=IndicatorSettings,
            decoder=yaohua_tf0.YaohuaTf0Decoder,
            encode=lambda shown: yaohua_tf0.encode(shown.weight, shown.decimals),
            verified="manuals and captured frames",
        ),
        "yaohua-cmd": DialectSpec(
            about="Yaohua XK3190 family, command mode, asked with B or D",
            settings=yaohua_cmd.CommandSettings,
            decoder=yaohua_cmd.decoder,
            encode=yaohua_cmd.encode,
            verified="manuals and two captured answers",
            poll=yaohua_cmd.poll,
        ),
        "yaohua-eq-reversed": DialectSpec(
            about="Yaohua '=' format, low digit first (A9, A12, A26, A23p, D2 in some tF modes)",
            settings=IndicatorSettings,
            decoder=yaohua_eq.reversed_decoder,
            encode=yaohua_eq.encode_reversed,
            verified="manuals' examples; the orientation cannot be told from the bytes",
        ),
        "yaohua-eq-forward": DialectSpec(
            about="Yaohua '=' format, high digit first",
            settings=IndicatorSettings,
            decoder=yaohua_eq.forward_decoder,
            encode=yaohua_eq.encode_forward,
            verified="manuals' examples; the orientation cannot be told from the bytes",
        ),
        "tenzo-m": DialectSpec(
            about="Tenzo-M '=' format with spaces",
            settings=IndicatorSettings,
            decoder=tenzo_m.decoder,
            encode=tenzo_m.encode,
            verified="two lines in one public test suite; no manual",
        ),
        "yaohua-a12e-xor": DialectSpec(
            about="Yaohua XK3190-A12E, 15-byte lines with a check",
            settings=IndicatorSettings,
            decoder=yaohua_a12e_xor.decoder,
            encode=yaohua_a12e_xor.encode,
            verified="the manual's frames",
        ),
        "wn-line": DialectSpec(
            about="Yaohua A12, A12E, A27, HEB-TW, T-Scale lines (`wn0002.02kg`)",
            settings=TextSettings,
            decoder=wn_line.decoder,
            encode=wn_line.encode,
            verified="lines of two scales and two public programs; no manual",
        ),
        "st-gs-line": DialectSpec(
            about="A&D, CAS (22 bytes), Dini Argeo, XK3102 lines (`ST,GS,+003015.0kg`)",
            settings=st_gs_line.StGsSettings,
            decoder=st_gs_line.decoder,
            encode=st_gs_line.encode,
            verified="manuals; lines in four public test suites; no capture of the CAS form",
        ),
        "plain-line": DialectSpec(
            about="a number a line, perhaps with its unit",
            settings=TextSettings,
            decoder=plain_line.decoder,
            encode=plain_line.encode,
            verified="lines in two public test suites; no document",
        ),
        "stx-6digits-cr": DialectSpec(
            about="STX, six digits, CR",
            settings=IndicatorSettings,
            decoder=stx_6digits_cr.decoder,
            encode=stx_6digits_cr.encode,
            verified="one public test suite; no manual",
        ),
        "toledo-continuous": DialectSpec(
            about="Toledo / Mettler-Toledo continuous output: long, short and extended form",
            settings=toledo_continuous.ToledoSettings,
            decoder=toledo_continuous.ToledoDecoder,
            encode=toledo_continuous.encode,
            verified="manuals and captured frames; the extended form by a firmware listing alone",
        ),
        "mt-sics": DialectSpec(
            about="Mettler-Toledo MT-SICS, also Ohaus; asked with SIR",
            settings=mt_sics.MtSicsSettings,
            decoder=mt_sics.decoder,
            encode=mt_sics.encode,
            verified="manuals; replies as a driver tried on an Ohaus Ranger 7000 has them",
            poll=mt_sics.poll,
        ),
        "rice-lake-stream": DialectSpec(
            about="Rice Lake stream format (RLWS, STR-1)",
            settings=TextSettings,
            decoder=rice_lake_stream.decoder,
            encode=rice_lake_stream.encode,
            verified="manuals; no captured frame",
        ),
        "sma": DialectSpec(
            about="Scale Manufacturers Association SCP-0499; asked with W",
            settings=TextSettings,
            decoder=sma.decoder,
            encode=sma.encode,
            verified="the standard's examples as manuals print them",
            poll=sma.poll,
        ),
        "flintec-ft111d": DialectSpec(
            about="Flintec FT-111D continuous lines",
            settings=IndicatorSettings,
            decoder=flintec_ft111d.decoder,
            encode=flintec_ft111d.encode,
            verified="two lines from one site; no manual",
        ),
        "vishay-vt220": DialectSpec(
            about="Vishay VT-220 continuous output",
            settings=IndicatorSettings,
            decoder=vishay_vt220.VishayDecoder,
            encode=vishay_vt220.encode,
            verified="one public program; no manual, no capture",
        ),
        "m4222": DialectSpec(
            about="M4222 weighbridge indicator",
            settings=IndicatorSettings,
            decoder=m4222.decoder,
            encode=m4222.encode,
            verified="one public program; no manual, no capture",
        ),
        "dingsong-ds822": DialectSpec(
            about="DingSong DS822-X, continuous modes 1 and 3",
            settings=IndicatorSettings,
            decoder=dingsong_ds822.decoder,
            encode=dingsong_ds822.encode,
            verified="not verified: one captured C frame and a public reading of the manual",
        ),
        "keli-xk3118k9": DialectSpec(
            about="Keli XK3118K9 command mode, asked with B",
            settings=keli_xk3118k9.KeliSettings,
            decoder=keli_xk3118k9.decoder,
            encode=keli_xk3118k9.encode,
            verified="not verified: one page of the manual, no capture",
            poll=keli_xk3118k9.poll,
        ),
    }
)
