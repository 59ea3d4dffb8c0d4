"""TLS to the hub, or to the broker in front of it: a pinned CA, and dates by whoever knows the time.

OpenSSL judges certificate dates by the system clock, which on a box without a battery may say 1970.
Three contexts therefore: the ordinary one; one that leaves dates out, for `time.get` and `enrol` only;
and one that leaves them to us, who judge them by the time that the hub signed. The CA and the name
are checked in all three.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.errors import HubDatesWrong, HubUnreachable, StopError

# OpenSSL x509_vfy.h: X509_V_FLAG_NO_CHECK_TIME, and the two verify errors about dates.
_NO_CHECK_TIME = 0x200000
_DATE_ERRORS = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class DatedContext(ssl.SSLContext):
    """Dates are judged by `true_utc_s` at the end of the handshake."""

    true_utc_s: float = 0.0

    def judge(self, certificate: Mapping[str, Any] | None) -> None:
        _judge_dates([certificate or {}, *self.get_ca_certs()], self.true_utc_s)


class _DatedObject(ssl.SSLObject):
    """A session of asyncio."""

    def do_handshake(self) -> None:
        super().do_handshake()
        if isinstance(self.context, DatedContext):
            self.context.judge(self.getpeercert())


class _Socket(ssl.SSLSocket):
    """A session on a socket; closed when it does not come about, as who opened it never sees it."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
            if isinstance(self.context, DatedContext):
                self.context.judge(self.getpeercert())
        except OSError:
            self.close()
            raise


DatedContext.sslobject_class = _DatedObject


@dataclass(frozen=True)
class Contexts:
    strict: ssl.SSLContext
    dateless: ssl.SSLContext
    dated: DatedContext


def contexts(ca_file: Path | None) -> Contexts:
    """`ca_file` None: the system's authorities. StopError when it holds no certificate."""
    strict = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    dateless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    dated = DatedContext(ssl.PROTOCOL_TLS_CLIENT)
    for context in (strict, dateless, dated):
        _trust(context, ca_file)
        context.sslsocket_class = _Socket
    for context in (dateless, dated):
        context.verify_flags |= _NO_CHECK_TIME
    return Contexts(strict, dateless, dated)


def unreachable(url: str, error: Exception) -> HubUnreachable:
    """What a failed connection means to the uplink: HubDatesWrong when only the dates were wrong."""
    certificate = _certificate_error(error)
    if certificate is None:
        return HubUnreachable(f"{url}: {str(error) or type(error).__name__}")
    # Both attributes are OpenSSL's; an error of `_judge_dates` has neither.
    reason = getattr(certificate, "verify_message", str(certificate))
    said = f"{url}: certificate refused: {reason}"
    if getattr(certificate, "verify_code", _DATE_ERRORS[0]) in _DATE_ERRORS:
        return HubDatesWrong(f"{said}; by what this gateway takes for the time")
    return HubUnreachable(f"{said}; is hub.ca_file the authority of this hub?")


def _trust(context: ssl.SSLContext, ca_file: Path | None) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is None:
        context.load_default_certs()
        return
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise StopError(f"hub.ca_file: {ca_file}: no CA certificate in PEM: {error}") from error


def _judge_dates(certificates: Iterable[Mapping[str, Any]], now_s: float) -> None:
    for certificate in certificates:
        first, last = certificate.get("notBefore"), certificate.get("notAfter")
        if first is None or last is None:
            continue
        if not ssl.cert_time_to_seconds(first) <= now_s <= ssl.cert_time_to_seconds(last):
            raise ssl.SSLCertVerificationError(
                f"valid {first} to {last}, not at the hub's own time"
            )


def _certificate_error(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None
