"""The site: settings, addresses, processes. `__version__` is the version of the whole program."""

import tomllib
from pathlib import Path

__all__ = ["__version__"]

# From the project file: the checkout is run as it lies, and importlib.metadata knows only what is installed.
__version__: str = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]["version"]
