"""What a clip becomes: the original is sealed, the masked one, if any, may leave, one event names both."""

from __future__ import annotations

from hashlib import sha256

from contract.payloads.base import PhotoRef
from contract.payloads.evidence import EvidenceClip
from contract.timestamps import rfc3339
from edge_agent.ports import Conclusion, NewEvidence
from edge_agent.readings import ClipReading

MEDIA_TYPE = "video/x-msvideo"


def conclusion_of(clip: ClipReading) -> Conclusion | None:
    """None: there is no clip."""
    if not clip.frames:
        return None
    kept, refs = [NewEvidence(clip.original, MEDIA_TYPE, sealed=True)], list[PhotoRef]()
    if clip.masked:
        kept.append(NewEvidence(clip.masked, MEDIA_TYPE, parent=clip.original_sha256))
        ref = PhotoRef(
            sha256=sha256(clip.masked).hexdigest(),
            media_type=MEDIA_TYPE,
            taken=None if clip.begin.clock == "unset" else rfc3339(clip.begin.utc_ns),
            camera=clip.device,
            parent=clip.original_sha256,
        )
        refs.append(ref)
    payload = EvidenceClip(
        camera=clip.device,
        occasion=clip.occasion,
        problem_id=clip.problem_id,
        begin=rfc3339(clip.begin.utc_ns),
        end=rfc3339(clip.end.utc_ns),
        frames=clip.frames,
        original_sha256=clip.original_sha256,
        original_bytes=len(clip.original),
        media_type=MEDIA_TYPE,
        evidence=tuple(refs),
    )
    return Conclusion(payload, f"camera/{clip.device}", observed=clip.begin, evidence=tuple(kept))
