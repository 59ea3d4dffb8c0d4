"""A disposal point: which bag goes into which bin, and a voice that helps."""
