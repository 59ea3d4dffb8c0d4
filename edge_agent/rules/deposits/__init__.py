"""Bags that are carried to the bins: `words` for them, `bearers` who hold them, `step` what becomes of them."""
