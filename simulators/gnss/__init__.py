"""A satellite receiver on a car that drives a route."""
