from . import audit, catalogue, incidents, site, templates  # noqa: F401  they register
