"""The one loop that talks to the hub, and the only place that retries it."""
