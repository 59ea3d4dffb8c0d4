"""gw.toml as frozen values, read once; a wrong file is refused with file, line and key."""
