"""City appearance: cameras on streets look for what should not stand there, by themselves and on time."""
