"""What a person types at a gateway; one module for each word. `edile.cli` imports them one by one."""
