"""What search engines may find, and what they should leave alone."""

from datetime import datetime
from xml.sax.saxutils import escape

from django.conf import settings
from django.urls import reverse

from ..models import Component, Incident, Site

MOST = 50_000  # addresses a sitemap may hold (sitemaps.org)
# Beside the admin: personal pages, whose addresses are secrets, and the demo's outbox.
PRIVATE = ("/admin/", "/subscription/", "/s/", "/outbox/")


def xml() -> str:
    """The page, its history, its components, and every incident at its lasting address, newest first. Three queries."""
    site = Site.load()
    listed = [(reverse("page"), site.updated_at), (reverse("history"), site.updated_at)]
    components = Component.objects.public().in_order().values_list("public_id", "updated_at")
    listed += [(reverse("component", args=[code]), at) for code, at in components[: MOST - len(listed)]]
    incidents = Incident.all_kinds.public().newest_first().only("public_id", "updated_at")[: MOST - len(listed)]
    listed += [(incident.get_absolute_url(), incident.updated_at) for incident in incidents]
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "".join(_url(path, at) for path, at in listed)
        + "</urlset>\n"
    )


def _url(path: str, at: datetime) -> str:
    return f"<url><loc>{escape(settings.SITE_URL + path)}</loc><lastmod>{at:%Y-%m-%dT%H:%M:%SZ}</lastmod></url>\n"


def robots() -> str:
    """robots.txt: where the sitemap is, and what is private."""
    private = "".join(f"Disallow: {path}\n" for path in PRIVATE)
    return f"User-agent: *\n{private}\nSitemap: {settings.SITE_URL}{reverse('sitemap')}\n"
