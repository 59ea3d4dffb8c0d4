"""The maps that come with Edile, one TOML file for each instrument."""
