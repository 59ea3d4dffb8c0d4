"""`edile attendance`: what the badges said, and how right it was."""
