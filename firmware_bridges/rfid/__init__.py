"""UHF RFID readers, one module each protocol, one line in RFID_READERS."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from firmware_bridges.rfid import r200, r2000, uhfreader18
from firmware_bridges.rfid.tags import RfidSpec

RFID_READERS: Mapping[str, RfidSpec] = MappingProxyType(
    {
        "uhfreader18": RfidSpec(
            about="UHFReader18 type (Chafon, ZK-RFID102 and relatives)",
            baud=57_600,
            decoder=lambda: uhfreader18.UhfReader18Decoder("18"),
            ask=uhfreader18.ask_18,
            report=uhfreader18.report_18,
            verified="frames of public test suites",
        ),
        "uhfreader288": RfidSpec(
            about="UHFReader288 type, several antennas (Chafon and relatives)",
            baud=57_600,
            decoder=lambda: uhfreader18.UhfReader18Decoder("288"),
            ask=uhfreader18.ask_288,
            report=uhfreader18.report_288,
            verified="captured frames",
        ),
        "r2000": RfidSpec(
            about="A0 protocol of Impinj R2000 modules (IND903, Rodinbell, Yanpodo)",
            baud=115_200,
            decoder=r2000.R2000Decoder,
            ask=r2000.ask,
            report=r2000.report,
            verified="captured frames",
        ),
        "r200": RfidSpec(
            about="BB protocol of R200, M100 and YRM100 modules",
            baud=115_200,
            decoder=r200.R200Decoder,
            ask=r200.ask,
            report=r200.report,
            verified="the manual's example and captured frames",
        ),
    }
)
