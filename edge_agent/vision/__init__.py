"""What cameras see: sources, gate, detector, tracks, zones, in one child process of the agent."""
