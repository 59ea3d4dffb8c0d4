"""Past events through a draft of scenario files: what would have happened. Nothing is kept of it."""

from hub.replaying.draft import DraftRefused, draft_of
from hub.replaying.outcome import Outcome, Row, compare
from hub.replaying.past import Past, past_words
from hub.replaying.run import replay

__all__ = [
    "DraftRefused",
    "Outcome",
    "Past",
    "Row",
    "compare",
    "draft_of",
    "past_words",
    "replay",
]
