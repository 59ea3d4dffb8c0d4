"""Simulated terminals: badges of walkers and trucks that speak JT/T 808 or GT06 over real sockets."""
