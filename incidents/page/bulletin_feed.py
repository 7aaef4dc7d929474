"""Bulletins as entries of our feeds: one entry each, under an id that lasts, updated when it is edited or withdrawn."""

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from statuspage.lib.text import printable

from ..models import Bulletin
from .feed_kinds import date, tag
from .incident_views import Brand
from .marks import mark


def entries(site: Brand, *, at: datetime, most: int) -> list[dict]:
    """The entries of the `most` newest bulletins that the public may know of at `at`, for a feed of everything: none
    is of a component. One query."""
    return [_entry(row, site) for row in Bulletin.objects.shown(at).newest_first()[:most]]


def newest(found: list[dict], *, most: int) -> list[dict]:
    """The `most` newest entries, by when they were published; those of one moment stay in their order."""
    return sorted(found, key=lambda entry: entry["pubdate"], reverse=True)[:most]


def _entry(row: Bulletin, site: Brand) -> dict:
    content = format_html('{}<div dir="auto">{}</div>{}', _mark(row, site), mark_safe(row.body_html), _until(row, site))  # noqa: S308 -- cleaned when it was saved
    words = _("Withdrawn: %(title)s") if row.withdrawn_at else _("Announcement: %(title)s")
    return {
        "title": printable(words % {"title": row.title}),
        "link": row.get_public_url(),
        "description": printable(content),
        "unique_id": tag(f"Bulletin/{row.public_id}"),
        "unique_id_is_permalink": False,
        "pubdate": row.from_at.astimezone(site.zone),
        "updateddate": row.spoke_at.astimezone(site.zone),
    }


def _mark(row: Bulletin, site: Brand) -> str:
    said = mark(
        withdrawn_at=row.withdrawn_at,
        corrects_at=None,
        edited_at=row.edited_at,
        said_at=row.from_at,
        zone=site.zone,
    )
    return format_html("<p><strong>{}</strong></p>", said) if said else ""


def _until(row: Bulletin, site: Brand) -> str:
    if row.until_at is None:
        return ""
    start, end = (mark_safe(date(at, site.zone)) for at in (row.from_at, row.until_at))  # noqa: S308 -- escaped there
    return format_html("<p>{}</p>", mark_safe(_("%(start)s to %(end)s") % {"start": start, "end": end}))  # noqa: S308
