"""What every template may speak of."""

from django.utils.functional import SimpleLazyObject

from .models import Site


def site(request) -> dict:
    """`site`: the brand and the clock of the page; no query unless a template asks."""
    return {"site": SimpleLazyObject(Site.load)}
