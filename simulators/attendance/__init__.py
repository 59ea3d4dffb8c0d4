"""A district day of badges: areas, roster, people and what they do, their receivers, and the truth."""
