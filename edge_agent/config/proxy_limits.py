"""When badges that go as one, or lie as one, are told to a person; what of a path is remembered.

Chosen so that doubt is for the worker: hours that no two people spend, never minutes that they may.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ProxyLimits:
    """Separations are those of means over one minute, so a fix's own noise counts little."""

    # What is worse than this tells no separation of metres.
    max_accuracy_m: float = field(default=30.0, metadata={"min": 5, "max": 200})

    # Which pairs are looked at at all.
    candidate_m: float = field(default=60.0, metadata={"min": 20, "max": 300})

    # What is as one.
    close_m: float = field(default=15.0, metadata={"min": 5, "max": 100})
    close_share: float = field(default=0.93, metadata={"min": 0.5, "max": 1})
    far_m: float = field(default=25.0, metadata={"min": 10, "max": 200})
    far_share: float = field(default=0.03, metadata={"min": 0, "max": 0.5})
    apart_m: float = field(default=45.0, metadata={"min": 20, "max": 300})
    apart_min: int = field(default=5, metadata={"min": 2, "max": 60})
    offset_m: float = field(default=3.5, metadata={"min": 1, "max": 30})
    beside_m: float = field(default=2.2, metadata={"min": 0.5, "max": 30})
    gap_min: int = field(default=30, metadata={"min": 5, "max": 240})

    # For how long, in minutes of work on foot: breaks and rides are never counted.
    areas_differ_min: int = field(default=90, metadata={"min": 30, "max": 720})
    same_area_min: int = field(default=180, metadata={"min": 60, "max": 720})
    lying_differ_min: int = field(default=120, metadata={"min": 60, "max": 720})
    lying_min: int = field(default=210, metadata={"min": 60, "max": 720})
    crew_min: int = field(default=30, metadata={"min": 30, "max": 720})
    crew_around_min: int = field(default=12, metadata={"min": 1, "max": 15})
    crew_close_share: float = field(default=0.95, metadata={"min": 0.5, "max": 1})

    # Lying, and being driven.
    lying_m: float = field(default=35.0, metadata={"min": 5, "max": 200})
    lying_beside_m: float = field(default=20.0, metadata={"min": 5, "max": 200})
    ride_kmh: float = field(default=12.0, metadata={"min": 5, "max": 60})
    ride_around_min: int = field(default=5, metadata={"min": 0, "max": 60})
    ride_apart_m: float = field(default=120.0, metadata={"min": 50, "max": 2000})

    # A track that was sent before.
    sketch_size: int = field(default=32, metadata={"min": 8, "max": 64})
    same_paths: int = field(default=3, metadata={"min": 2, "max": 32})
    sketches_kept: int = field(default=30_000, metadata={"min": 100, "max": 200_000})

    # Two places at once.
    jump_m: float = field(default=300.0, metadata={"min": 100, "max": 10_000})
    leap_m: float = field(default=3000.0, metadata={"min": 300, "max": 100_000})
    max_speed_kmh: float = field(default=150.0, metadata={"min": 20, "max": 1000})
    alternations: int = field(default=6, metadata={"min": 3, "max": 100})
    alternating_s: float = field(default=3600.0, metadata={"min": 60, "max": 86_400})
    stays_fixes: int = field(default=5, metadata={"min": 2, "max": 100})
    stays_s: float = field(default=600.0, metadata={"min": 10, "max": 3600})
