"""Fixtures of these tests."""

from tests.fakes.folders import fast_dir

__all__ = ["fast_dir"]
