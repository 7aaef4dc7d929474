from . import audit, catalogue, incidents, templates  # noqa: F401  they register
