"""Cameras: the agent's side. What looks at pictures is a process of its own (`edge_agent.vision`)."""
