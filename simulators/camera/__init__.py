"""A simulated camera: a street that lives, seen through a lens, served as cameras serve it."""
