"""A channel that keeps what it is given in a list: the folder that CONTRIBUTING.md asks for, and no more."""
