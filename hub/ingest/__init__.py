"""Records events exactly once, with their effects in the same transaction. Knows no HTTP."""

from hub.ingest.taking import Ingest, Taken

__all__ = ["Ingest", "Taken"]
