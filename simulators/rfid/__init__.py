"""A simulated UHF reader at a gate, and the trucks that pass it."""
