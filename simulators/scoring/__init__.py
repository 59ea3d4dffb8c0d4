"""What was told, against what truly happened. Pure: truth lines and answers in, figures out."""
