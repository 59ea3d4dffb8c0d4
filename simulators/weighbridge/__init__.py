"""A simulated weighbridge: deck, trucks, indicator, and the tag reader beside it."""
