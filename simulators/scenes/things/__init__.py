"""The things that stand, lie and walk in a street, each put together from forms."""
