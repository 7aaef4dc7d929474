"""The sitemap and robots.txt: what search engines may find, and what they should leave alone."""

from datetime import datetime
from xml.sax.saxutils import escape

from django.conf import settings
from django.urls import reverse

from ..models import Bulletin, Component, Incident, Site

_ANY = "any-incident"
MOST = 50_000  # addresses a sitemap may hold (sitemaps.org)
# Beside the admin: personal pages, whose addresses are secrets, and the demo's outbox.
PRIVATE = ("/admin/", "/subscription/", "/s/", "/outbox/")


def xml(*, at: datetime) -> str:
    """The page, its history, its components, the bulletins that are known `at`, and every incident, newest first, at
    their lasting addresses. Four queries."""
    site = Site.load()
    listed = [(reverse(name), site.updated_at) for name in ("page", "history", "bulletins")]
    components = Component.objects.public().in_order().values_list("public_id", "updated_at")
    listed += [(reverse("component", args=[code]), at) for code, at in components[: MOST - len(listed)]]
    bulletins = Bulletin.objects.shown(at).newest_first().only("public_id", "from_at", "edited_at", "withdrawn_at")
    listed += [(row.get_absolute_url(), row.spoke_at) for row in bulletins[: MOST - len(listed)]]
    incidents = Incident.all_kinds.public().unmerged().newest_first().values_list("public_id", "updated_at")
    before, after = reverse("incident", args=[_ANY]).split(_ANY)  # worked out once: there are thousands
    listed += [(f"{before}{code}{after}", at) for code, at in incidents[: MOST - len(listed)].iterator()]
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "".join(_url(path, at) for path, at in listed)
        + "</urlset>\n"
    )


def _url(path: str, at: datetime) -> str:
    moment = at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"<url><loc>{escape(settings.SITE_URL + path)}</loc><lastmod>{moment}</lastmod></url>\n"


def robots() -> str:
    """robots.txt: where the sitemap is, and what is private."""
    private = "".join(f"Disallow: {path}\n" for path in PRIVATE)
    return f"User-agent: *\n{private}\nSitemap: {settings.SITE_URL}{reverse('sitemap')}\n"
