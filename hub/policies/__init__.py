"""What each class of problem asks for: scenario files, read into `Policy`, gathered in a `PolicySet`."""

from hub.policies.faults import PolicyRefused
from hub.policies.policy import Policy
from hub.policies.policy_set import PolicySet, assemble, load_shipped, shipped_files
from hub.policies.reading import read_policy

__all__ = [
    "Policy",
    "PolicyRefused",
    "PolicySet",
    "assemble",
    "load_shipped",
    "read_policy",
    "shipped_files",
]
