"""Thin routers: parse, call, answer."""
