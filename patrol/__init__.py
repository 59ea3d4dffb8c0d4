"""Pure flight planning: coverage, proof, dock schedule. Must not know clocks, links or the hub."""
