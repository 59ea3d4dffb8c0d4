"""A simulated loudspeaker: it records what was said."""
