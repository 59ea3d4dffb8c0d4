"""The one program: command line, demo, scorecards. Above everything else."""
