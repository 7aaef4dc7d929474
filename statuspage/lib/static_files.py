"""Our static files as they lie in the checkout, for what reads their text."""

from pathlib import Path

from django.contrib.staticfiles import finders


def static_file(name: str) -> Path:
    """Return where the static file `name` lies. Raises FileNotFoundError."""
    found = finders.find(name)
    if found is None:
        raise FileNotFoundError(name)
    return Path(found)
