"""Whose problem a point is, on that day: units, duty areas, who is on duty. Pure: time is data.

`assemble` makes an `Ownership` of the newest documents, which also answers for every day before.
"""

from hub.owners.faults import Fault, OwnersRefused
from hub.owners.ownership import Ownership, assemble
from hub.owners.whose import Candidate, Owner

__all__ = ["Candidate", "Fault", "Owner", "OwnersRefused", "Ownership", "assemble"]
