"""The models that ship, and the arithmetic behind their figures."""
