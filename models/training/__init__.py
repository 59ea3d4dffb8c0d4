"""What the recipes of the shipped models share. Runs in a training environment, never on a gateway."""
