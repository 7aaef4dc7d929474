"""Everything that `make up` runs, started in order and stopped in order."""
