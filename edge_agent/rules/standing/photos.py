"""What leaves of a picture: the thumbnail and the masked photo. Both name the original, which stays.

The original was hashed before anything else was done with it; its hash is the photos' `parent`.
"""

from __future__ import annotations

from hashlib import sha256

from contract.payloads.base import PhotoRef
from contract.timestamps import rfc3339
from edge_agent.ports import NewEvidence
from edge_agent.readings import Picture

MEDIA_TYPE = "image/jpeg"


def photos_of(
    picture: Picture | None, camera: str
) -> tuple[tuple[PhotoRef, ...], tuple[NewEvidence, ...]]:
    """References for the event and the bytes that they name, the small one first; nothing for none. The
    original is kept with them, sealed: no reference but `parent` names it."""
    if picture is None:
        return (), ()
    taken = None if picture.moment.clock == "unset" else rfc3339(picture.moment.utc_ns)
    kept = tuple(
        NewEvidence(content, MEDIA_TYPE, parent=picture.parent_sha256)
        for content in dict.fromkeys((picture.thumbnail, picture.masked))
        if content
    )
    refs = tuple(
        PhotoRef(
            sha256=sha256(one.content).hexdigest(),
            media_type=MEDIA_TYPE,
            taken=taken,
            camera=camera,
            parent=picture.parent_sha256,
        )
        for one in kept
    )
    sealed = NewEvidence(picture.original, MEDIA_TYPE, sealed=True)
    return refs, (*kept, sealed) if picture.original else kept
