"""Everything that `make up` runs, started in order and stopped in order: `python -m statuspage.launcher`."""


class Refusal(Exception):
    """The stack cannot run; the message is one line for whoever typed the command."""
