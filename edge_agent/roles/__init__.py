"""What a site is for: which devices, which rules, how they combine. Pure."""
