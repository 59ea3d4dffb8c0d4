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
    underload: bool = False
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

CAPTURED_CMD = "two frames kept in a program's comments, public file 3253152675"
A26 = "XK3190-A26 manual pp. 12-13"
A23P = "XK3190-A23p manual p. 23"
OLD_D2 = f"{PROFILES}: 1250.0 and -12.5 as sent"
A12E = "XK3190-A12E manual p. 13"
MCUSH = "pengshulin/mcush Yaohua.py, as lines"
ILWK = "ilwk/weighbridge-reader parser_test.go, as lines"
ZARNISHON = "Msafarzoda/zarnishon-system scale.test.ts, as lines"
LOGISTICS = "khusan2006/logistics-crm, public file 70940610663, as lines"
CAS = "CAS CI-400 manual p. 103 and NT-200 p. 48, put together from the layout"
DINI = "Dini Argeo DGT4X manual p. 52"
KG = {"unit": "kg"}
SIXTY_T = {"capacity": Decimal(60_000), "unit": "kg"}


def cas(lamps: int, text: str) -> bytes:
    """Device 1 (31h), its lamps, eight characters of weight, a blank and the unit."""
    return b"US,GS,1" + bytes((lamps,)) + b"," + text.encode("latin-1") + b"\r\n"


FOREIGN |= {
    "yaohua-cmd": (
        Foreign(bytes.fromhex("0241422B30303838383033313303"), "8.880", CAPTURED_CMD, net=False),
        Foreign(bytes.fromhex("0241422B30303030303033314203"), "0.000", CAPTURED_CMD, net=False),
        Foreign(
            bytes.fromhex("0241422B30303838383033313203"),
            None,
            f"{CAPTURED_CMD}, check changed",
            reason="checksum",
        ),
    ),
    "yaohua-eq-reversed": (
        Foreign(b"=000.3000", "3.000", A26),
        Foreign(b"=00.1000-", "-1.00", f"{A23P}: the current weight is -1.00", "kg", settings=KG),
        Foreign(b"=0.05210", "1250.0", OLD_D2),
        Foreign(b"=5.21000-", "-12.5", OLD_D2),
        Foreign(b"=321.000", "0.123", "anfuxc.com Article-1027297"),
    ),
    "yaohua-eq-forward": (
        Foreign(b"=0003.000", "3.000", A26),
        Foreign(b"=-0001.00", "-1.00", A26),
        Foreign(b"=000.3000", "0.3000", f"{A26}: the bytes do not tell the orientation"),
    ),
    "tenzo-m": (
        Foreign(b"=  3015", "3015", ZARNISHON),
        Foreign(b"= +2380", "2380", ZARNISHON),
        Foreign(b"= ", None, f"{ZARNISHON}: junk that must be refused", reason="truncated"),
    ),
    "yaohua-a12e-xor": (
        Foreign(bytes.fromhex("57473030342E3133396B6733440D0A"), "4.139", A12E, "kg", None, False),
        Foreign(b"         OL23\r\n", "60000", A12E, "kg", False, overload=True, settings=SIXTY_T),
        Foreign(b"         OL23\r\n", None, f"{A12E}, capacity not told", reason="not-numeric"),
        Foreign(b"         LO23\r\n", "0", A12E, None, False, underload=True),
        Foreign(b"WG004.139kg3E\r\n", None, f"{A12E}, check changed", reason="checksum"),
    ),
    "wn-line": (
        Foreign(b"wn 0002.02kg\r\n", "2.02", f"captured on a HEB-TW: {ILWK}", "kg"),
        Foreign(b"WN 0000.00kg\r\n", "0.00", f"taken in capitals, too: {ILWK}", "kg"),
        Foreign(b"wn001.171kg\r\n", "1.171", f"a client's scale: {LOGISTICS}", "kg"),
        Foreign(b"ww000.000lb\r\n", "0.000", MCUSH, "lb"),
        Foreign(b"wn-0000.1kg\r\n", "-0.1", MCUSH, "kg"),
    ),
    "st-gs-line": (
        Foreign(b"ST,GS,+003015.0kg\r\n", "3015.0", ZARNISHON, "kg", True, False),
        Foreign(b"US,GS,+003012.5kg\r\n", "3012.5", ZARNISHON, "kg", False, False),
        Foreign(b"ST, GS, +   2380 kg\r\n", "2380", ZARNISHON, "kg", True, False),
        Foreign(b"ST,GS,+3.015t\r\n", "3.015", ZARNISHON, "t", True, False),
        Foreign(b"ST,GS,+3015000g\r\n", "3015000", ZARNISHON, "g", True, False, settings=SIXTY_T),
        Foreign(b"ST,GS,abckg\r\n", None, ZARNISHON, reason="not-numeric"),
        Foreign(b"ST,GS,\r\n", None, ZARNISHON, reason="not-numeric"),
        Foreign(b"ST,GS,+00301\r\n", None, f"{ZARNISHON}: a line cut short", reason="no-unit"),
        Foreign(
            b"ST,GS,+635,5kg\r\n",
            "635.5",
            ZARNISHON,
            "kg",
            True,
            False,
            settings={"decimal_comma": True},
        ),
        Foreign(b"ST,GS,+635,5kg\r\n", None, "the same without the setting", reason="comma"),
        Foreign(
            b"ST,GS,+  1,234kg\r\n",
            "1.234",
            "tests of two public programs, files 58761610688 and 69481045857",
            "kg",
            True,
            False,
            settings={"decimal_comma": True},
        ),
        Foreign(b"ST,GS,+  1,234kg\r\n", None, "the same without the setting", reason="comma"),
        Foreign(b"OL,GS,+999999kg\r\n", "999999", LOGISTICS, "kg", False, False, overload=True),
        Foreign(
            b"OL,GS,+999999kg\r\n",
            "60000",
            f"{LOGISTICS}: nines are no weight of this scale",
            "kg",
            False,
            False,
            overload=True,
            settings={"capacity": Decimal(60_000)},
        ),
        Foreign(b"ST,GS,+0012450kg\r\n", "12450", LOGISTICS, "kg", True, False),
        Foreign(b"US,NT,-  12.5 kg\r\n", "-12.5", LOGISTICS, "kg", False, True),
        Foreign(b"US,NT,-113.0254kg\n", "-113.0254", "public file 40773285784", "kg", False, True),
        Foreign(b"US,NT,+000000.Kg\r\n", "0", "charlyhs24/wb-scale", "kg", False, True),
        Foreign(b"ST,GS     59.6kg\r\n", "59.6", ILWK, "kg", True, False),
        Foreign(b"ST,GS-     2.5kg\r\n", "-2.5", ILWK, "kg", True, False),
        Foreign(b"ST,GS,+001.234kg\r\n", "1.234", ILWK, "kg", True, False),
        Foreign(b"ST,GS,+ 000080kg\r\n", "80", "XK3102DS, file 27257900247", "kg", True, False),
        Foreign(b"ST,NT,+0012.34kg\r\n", "12.34", "A&D AD-4404 manual p. 80", "kg", True, True),
        Foreign(b"ST,+001234.5  g\r\n", "1234.5", "A&D EK-L manual p. 28", "g", True, None),
        Foreign(b"QT,+00012345 PC\r\n", None, "A&D EK-L manual p. 28: pieces", reason="no-unit"),
        Foreign(
            b"OL,GS,      . kg\r\n",
            "60000",
            "A&D AD-4329A manual p. 43: blanks and the point out of range",
            "kg",
            False,
            False,
            overload=True,
            settings=SIXTY_T,
        ),
        Foreign(b"01ST,GS,     0.0,kg\r\n", "0.0", DINI, "kg", True, False),
        Foreign(b"ST,GS,     0.0,kg\r\n", "0.0", DINI, "kg", True, False),
        Foreign(b"TL,GS,     0.0,kg\r\n", None, "Dini Argeo LTP p. 43", reason="not-numeric"),
        Foreign(cas(0xA4, "000013.5 kg"), "13.5", CAS, "kg", False, False),
        Foreign(cas(0xA4, "-00013.5  t"), "-13.5", CAS, "t", False, False),
        Foreign(cas(0xA4, "000013.5\x84kg"), "13.5", f"{CAS}: relays", "kg", False, False),
        Foreign(cas(0x24, "000013.5 kg"), None, f"{CAS}: no lamps", reason="not-numeric"),
    ),
    "plain-line": (
        Foreign(b"3015\r\n", "3015", ZARNISHON),
        Foreign(b"-12.5\r\n", "-12.5", ZARNISHON),
        Foreign(b"  +012340 kg\r\n", "12340", PROFILES, "kg"),
        Foreign(b"-000150kg\r\n", "-150", PROFILES, "kg"),
        Foreign(b"12.34 t\r\n", "12.34", PROFILES, "t"),
        Foreign(b"1,234 kg\r\n", "1234", PROFILES, "kg", settings={"decimal_comma": False}),
        Foreign(b"1,234 kg\r\n", None, "the same, the comma not explained", reason="comma"),
        Foreign(b"12,5\r\n", "12.5", PROFILES, settings={"decimal_comma": True}),
        Foreign(b"GS  25.5 t\r\n", None, f"{PROFILES}: 25.5 there", reason="not-numeric"),
        Foreign(b"hello\r\n", None, ZARNISHON, reason="not-numeric"),
        Foreign(b"12 pounds\r\n", None, "a unit that is none of ours", reason="no-unit"),
    ),
    "stx-6digits-cr": (
        Foreign(b"\x02001230\r", "1230", PROFILES),
        Foreign(b"\x02012500\r", "12500", PROFILES),
        Foreign(b"\x02ERR\r", None, PROFILES, reason="length"),
        Foreign(
            b"\x02001230\r", "12.30", f"{PROFILES}, two decimals set", settings={"decimals": 2}
        ),
    ),
}
