"""Frames that others sent, printed or tested with, for the dialects below. None is our encoder's.

`source` says where each is from. Layer: raw on the wire, unless the source strips its delimiters;
then "as lines" or "inner bytes" is said and the delimiters of the document are put back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

PROFILES = "indicator profiles test, public file 71303250208"
BRIDGE = "mettler_toledo_bridge test, public file 3483023282, inner bytes"
RANGER = "driver tried on an Ohaus Ranger 7000, public file 70622708574"
SMA_MANUAL = "Sartorius PR 5210 manual p. 37, examples of the SMA standard"


@dataclass(frozen=True)
class Foreign:
    """`weight` as the source says; None where it must be refused, with `reason`."""

    raw: bytes
    weight: str | None
    source: str
    unit: str | None = None
    stable: bool | None = None
    net: bool | None = None
    overload: bool = False
    reason: str = ""
    settings: dict[str, Any] = field(default_factory=dict)


def toledo(inner: bytes) -> bytes:
    return b"\x02" + inner + b"\r"


FOREIGN: dict[str, tuple[Foreign, ...]] = {
    "toledo-continuous": (
        Foreign(toledo(b"\x22\x30\x20012340000000"), "12340", PROFILES, "kg", True, False),
        Foreign(toledo(b"\x22\x3a\x20000150000000"), "-150", PROFILES, "kg", False, False),
        Foreign(
            b"\x02\xa2\xb0\xa0" + bytes(byte | 0x80 for byte in b"012340000000") + b"\r",
            "12340",
            f"{PROFILES}: a 7-bit line read with 8 bits",
            "kg",
            True,
            False,
        ),
        Foreign(
            toledo(b"\x23\x30\x20012345000000") + b"\x55",
            None,
            f"{PROFILES}: 1234.5 there, with a check that is none",
            reason="checksum",
        ),
        Foreign(toledo(b"40    046   000"), "0.46", BRIDGE, "kg", True, False),
        Foreign(toledo(b"41    144   046"), "1.44", BRIDGE, "kg", True, True),
        Foreign(toledo(b"49    072   046"), "0.72", BRIDGE, "kg", False, True),
        Foreign(toledo(b"1!!  1440   460"), "1440", f"{BRIDGE}: code 1 as it is", "g", True, True),
        Foreign(toledo(b"2!1  1448   450"), "1448", f"{BRIDGE}: expanded", "g", True, True),
        Foreign(
            toledo(b"\x2a\x30\x20000610000000"),
            "610",
            "H610 frame of the DS822 test, public file 70197248830",
            "kg",
            True,
            False,
        ),
    ),
    "mt-sics": (
        Foreign(b"S S     100.00 g\r\n", "100.00", "AL-IC manual p. 72, as lines", "g", True),
        Foreign(b"S S      740.5 g\r\n", "740.5", RANGER, "g", True),
        Foreign(b"S D      740.6 g\r\n", "740.6", RANGER, "g", False),
        Foreign(b"S S     740.25 g\r\n", "740.25", RANGER, "g", True),
        Foreign(b"S S        740 g\r\n", "740", RANGER, "g", True),
        Foreign(b"S S      0.740 kg\n", "0.740", RANGER, "kg", True),
        Foreign(b"S S      740.5\n", None, RANGER, reason="no-unit"),
        Foreign(b"S S      NaN g\n", None, RANGER, reason="not-numeric"),
        Foreign(b"S S      inf g\n", None, RANGER, reason="not-numeric"),
        Foreign(b"S S      -inf g\n", None, RANGER, reason="not-numeric"),
        Foreign(b"S +\r\n", None, RANGER, reason="not-numeric"),
        Foreign(b"garbage\r\n", None, RANGER, reason="not-numeric"),
        Foreign(b"S S      12340 kg\r\n", "12340", f"{PROFILES}, as lines", "kg", True),
        Foreign(b"S D      12300 kg\r\n", "12300", f"{PROFILES}, as lines", "kg", False),
        Foreign(b"ES\r\n", None, f"{PROFILES}, as lines", reason="not-numeric"),
        Foreign(b"S S      45000.0 kg\r\n", "45000.0", "public file 71271795779", "kg", True),
        Foreign(b"S D      45000.0 kg\r\n", "45000.0", "public file 71271795779", "kg", False),
    ),
    "sma": (
        Foreign(b"\n 1N      100000lb \r", "100000", SMA_MANUAL, "lb", True, True),
        Foreign(b"\n 1g      5.0025lb \r", "5.0025", SMA_MANUAL, "lb", True, False),
        Foreign(b"\nZ1G       0.000lb \r", "0.000", SMA_MANUAL, "lb", True, False),
        Foreign(b"\n 1GM      7.650kg \r", "7.650", "PR 5220 manual p. 130", "kg", False, False),
        Foreign(b"\n 1G       7.650kg \r", "7.650", "PR 5220 manual p. 130", "kg", True, False),
        Foreign(b"\n 1G     12340.0kg \r", "12340.0", PROFILES, "kg", True, False),
        Foreign(b"\n 1G M   12360.0kg \r", "12360.0", PROFILES, "kg", False, False),
        Foreign(b"\n 1GM    12340.0kg \r", "12340.0", f"{PROFILES}, as lines", "kg", False, False),
        Foreign(b"\nO1G     99999.0kg \r", "99999.0", PROFILES, "kg", False, False, overload=True),
        Foreign(b"\n?\r", None, "T419S manual p. 61: command not known", reason="not-numeric"),
    ),
    "flintec-ft111d": (
        Foreign(b"i80 16360     0\r\n", "16360", "FlintecFT111Dprotocol.cs, as lines", None, False),
        Foreign(b"i00 16370     0\r\n", "16370", "FlintecFT111Dprotocol.cs, as lines", None, True),
    ),
    "vishay-vt220": (
        Foreign(b"P+031790", "31790", "VishayVT220protocol.cs, inner bytes", None, True),
        Foreign(b"@+031790", "31790", "VishayVT220protocol.cs, inner bytes", None, False),
    ),
    "dingsong-ds822": (
        Foreign(
            bytes.fromhex("02 41 63 30 20 30 20 30 20 30 20 38 20 3C 30 74 03"),
            "8",
            "captured on site, public file 70197248830; read there as 8",
        ),
        Foreign(
            bytes.fromhex("02 2B 30 30 31 30 30 30 30 30 42 03"),
            None,
            "the same file: a frame of the older protocol",
            reason="length",
        ),
        Foreign(
            bytes.fromhex("02 41 63 30 20 30 20 30 20 30 20 38 20 3C 30 75 03"),
            None,
            "the same file: the capture with one bit of its check changed",
            reason="checksum",
        ),
    ),
    "keli-xk3118k9": (
        Foreign(
            bytes.fromhex("02 41 42 2B 30 30 38 38 38 30 33 31 33 03"),
            "8.880",
            "captured answer to B, public file 3253152675; Yaohua's form of the data",
            None,
            None,
            False,
        ),
    ),
    # Layouts only: no frame of others was found for these two.
    "rice-lake-stream": (),
    "m4222": (),
}

A9_MANUAL = "XK3190-A9+ manual p. 11, command mode"
CAPTURED_CMD = "captured answer, public file 3253152675"
EQ = "XK3190-A26 manual pp. 12-13"
EQ_TABLE = "anfuxc.com Article-1027297 and public file 71303250208"
A12E = "XK3190-A12E manual p. 13"
MCUSH = "pengshulin/mcush Yaohua.py, as lines"
ILWK = "ilwk/weighbridge-reader parser_test.go, as lines"
ZARNISHON = "Msafarzoda/zarnishon-system scale.test.ts, as lines"
KG = {"unit": "kg"}

FOREIGN |= {
    "yaohua-cmd": (
        Foreign(bytes.fromhex("0241422B30303838383033313303"), "8.880", CAPTURED_CMD, net=False),
        Foreign(
            bytes.fromhex("0241422B30303838383033313203"),
            None,
            f"{CAPTURED_CMD}, check changed",
            reason="checksum",
        ),
    ),
    "yaohua-eq-reversed": (
        Foreign(b"=000.3000", "3.000", EQ),
        Foreign(b"=00.1000-", "-1.00", EQ_TABLE, "kg", settings=KG),
        Foreign(b"=0.05210", "1250.0", EQ_TABLE),
        Foreign(b"=5.21000-", "-12.5", EQ_TABLE),
        Foreign(b"=321.000", "0.123", EQ_TABLE),
    ),
    "yaohua-eq-forward": (
        Foreign(b"=0003.000", "3.000", EQ),
        Foreign(b"=-0001.00", "-1.00", EQ),
        Foreign(b"=000.3000", "0.3000", f"{EQ}: the bytes do not tell the orientation"),
    ),
    "tenzo-m": (Foreign(b"=  3015", "3015", "public file 71303250208"),),
    "yaohua-a12e-xor": (
        Foreign(bytes.fromhex("57473030342E3133396B6733440D0A"), "4.139", A12E, "kg", None, False),
        Foreign(
            b"         OL23\r\n",
            "60000",
            A12E,
            "kg",
            False,
            overload=True,
            settings={"capacity": Decimal(60000), "unit": "kg"},
        ),
        Foreign(b"         LO23\r\n", None, A12E, reason="not-numeric"),
        Foreign(b"WG004.139kg3E\r\n", None, f"{A12E}, check changed", reason="checksum"),
    ),
    "wn-line": (
        Foreign(b"wn 0002.02kg\r\n", "2.02", MCUSH, "kg"),
        Foreign(b"wn001.171kg\r\n", "1.171", ILWK, "kg"),
        Foreign(b"ww000.000lb\r\n", "0.000", MCUSH, "lb"),
        Foreign(b"wn-0000.1kg\r\n", "-0.1", MCUSH, "kg"),
    ),
    "st-gs-line": (
        Foreign(b"ST,GS,+003015.0kg\r\n", "3015.0", ZARNISHON, "kg", True, False),
        Foreign(b"US,NT,-  12.5 kg\r\n", "-12.5", ZARNISHON, "kg", False, True),
        Foreign(b"ST,GS     59.6kg\r\n", "59.6", ILWK, "kg", True, False),
        Foreign(
            b"OL,GS,+999999kg\r\n",
            "60000",
            ZARNISHON,
            "kg",
            False,
            False,
            overload=True,
            settings={"capacity": Decimal(60000), "unit": "kg"},
        ),
        Foreign(b"01ST,GS,     0.0,kg\r\n", "0.0", "Dini Argeo manuals", "kg", True, False),
        Foreign(b"ST,GS,+ 000080kg\r\n", "80", "public code for XK3102DS", "kg", True, False),
        Foreign(
            b"ST,GS,+635,5kg\r\n",
            "635.5",
            "logistics-crm tests",
            "kg",
            True,
            False,
            settings={"decimal_comma": True},
        ),
        Foreign(b"ST,GS,+635,5kg\r\n", None, "the same without the setting", reason="not-numeric"),
        Foreign(b"ST,GS,+  1,234kg\r\n", "1234", "logistics-crm tests", "kg", True, False),
        Foreign(b"ST,GS,+003015.0\r\n", None, "a line without its unit", reason="no-unit"),
    ),
    "plain-line": (
        Foreign(b"  12345 kg\r\n", "12345", ILWK, "kg"),
        Foreign(b"1,234 kg\r\n", "1234", "logistics-crm tests", "kg"),
        Foreign(b"Weight: 12 kg\r\n", None, "a printer's line", reason="not-numeric"),
        Foreign(b"12 pounds\r\n", None, "a printer's line", reason="no-unit"),
    ),
    "stx-6digits-cr": (
        Foreign(b"\x02001230\r", "1230", "public file 71303250208"),
        Foreign(
            b"\x02001230\r",
            "12.30",
            "public file 71303250208, two decimals set",
            settings={"decimals": 2},
        ),
    ),
}
