"""Tables, queries and migrations: the hub's SQL lives here and nowhere else."""
