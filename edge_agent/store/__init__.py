"""The gateway's one SQLite file, its evidence folder and its raw ring. SQL lives here and nowhere else."""
