"""`edile probe`: what speaks on this wire? Listens, tries every dialect, and says how sure it is."""
