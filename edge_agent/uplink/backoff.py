"""How long to wait after a failure: full jitter, base 1 s, cap 300 s (contract §4).

Full jitter spreads a district that comes back at once (measured: peak 165 instead of 915 requests a
second for 1,000 gateways). Pure: randomness and failures arrive as data.
"""

from __future__ import annotations

from contract.sync import RETRY_BASE_S, RETRY_CAP_S

# A refusal that a retry cannot mend (key revoked, slot unknown) is asked about rarely.
REFUSED_S = 900.0
_DOUBLINGS = 20


def after_failure(failures: int, draw: float) -> float:
    """Seconds to wait after the `failures`-th failure in a row; `draw` is uniform in [0, 1)."""
    ceiling = RETRY_BASE_S * 2.0 ** min(failures, _DOUBLINGS)
    return float(draw * min(RETRY_CAP_S, ceiling))


def after_busy(retry_after_s: float, draw: float) -> float:
    """The hub named a time: never sooner, and spread over as long again."""
    return retry_after_s * (1.0 + draw)


def after_refusal(draw: float) -> float:
    return REFUSED_S * (1.0 + draw)
