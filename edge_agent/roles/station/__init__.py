"""The weighing of a compaction station: from readings to tickets and what was wrong with them."""
