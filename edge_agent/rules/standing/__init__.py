"""Things that stand where they should not: one problem for each thing and place, however often it is seen."""
