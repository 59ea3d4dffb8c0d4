"""The maps of Modbus weigh transmitters that come with Edile, one TOML file for each."""
