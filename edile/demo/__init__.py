"""The demo: real processes, a live picture, a scorecard at the end."""
