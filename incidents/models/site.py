import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from statuspage.lib import colour, language, page_changes, palette

from .fields import LineField, LinkField, PublicIdField


def validate_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(f"{name} is not a time zone; write it like Europe/Berlin.", code="zone")


def validate_accent(value: str) -> None:
    """An accent is the ground of white words and the colour of links: it must be readable as both."""
    if not re.fullmatch(r"#[0-9a-f]{6}", value):
        raise ValidationError("Write it as # and six digits, such as #1b4f9c.", code="hex")
    grounds = palette.light_grounds()
    ratio = colour.least_contrast(value, grounds)
    if ratio < colour.TEXT:
        nearest = colour.until_readable(value, grounds, towards=colour.BLACK)
        raise ValidationError(
            f"Links in this colour, and white words on it, are too faint: their contrast is {ratio:.1f} to 1, and "
            f"{colour.TEXT} is needed. The nearest colour that works is {nearest}.",
            code="contrast",
        )


def validate_leads(text: str) -> None:
    """Raises ValidationError for what are no lead times of reminders, or too many."""
    found = text.replace(",", " ").split()
    if len(found) > MOST_REMINDERS:
        raise ValidationError(f"At most {MOST_REMINDERS} reminders.", code="many")
    for one in found:
        if not (read := _LEAD.fullmatch(one)) or not timedelta(0) < _lead(read) <= LONGEST_LEAD:
            raise ValidationError(f"{one} is no time before; write hours or days, like 72h, 1h or 7d.", code="lead")


def _lead(read: "re.Match[str]") -> timedelta:
    return int(read[1]) * _UNITS[read[2]]


MOST_REMINDERS = 3
LONGEST_LEAD = timedelta(days=30)
_LEAD = re.compile(r"([0-9]{1,4})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
LOGO_HEIGHT = 32  # pixels on the page


class Site(models.Model):
    """The one row about the page itself: its brand, its clock, its version."""

    public_id = PublicIdField()
    name = LineField(default="Status", help_text="The company, as its customers know it.")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_zone])
    language = models.CharField(
        max_length=10,
        choices=language.choices,
        default=language.ENGLISH,
        db_default=language.ENGLISH,
        help_text="Of the page, feeds, mails and SMS. What you write yourself stays as you write it; these screens "
        "stay in English.",
    )
    support_url = LinkField(blank=True, help_text="Where a customer finds help that this page cannot give.")
    home_url = LinkField(blank=True, help_text="The company's own site, linked beside its name.")
    legal_url = LinkField(blank=True, help_text="Imprint, terms, privacy: linked at the foot of every page.")
    accent = models.CharField(
        max_length=7,
        blank=True,
        validators=[validate_accent],
        help_text="The brand's colour for links and buttons, such as #1b4f9c. For dark screens we lighten it.",
    )
    logo = models.BinaryField(null=True, editable=False)
    logo_type = models.CharField(max_length=20, blank=True, editable=False)
    logo_width = models.PositiveSmallIntegerField(default=0, editable=False)
    page_version = models.PositiveBigIntegerField(default=1, editable=False)
    shows_former_words = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Where an update was edited, its page shows what stood there before. Otherwise only staff read that.",
    )
    oldest_shown = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="What an earlier page version said may hold what is hidden since."
    )
    reopen_hours = models.PositiveSmallIntegerField(
        default=72,
        db_default=72,
        help_text="How long after its end an incident may be opened again. Later, a new one that follows it is opened.",
    )
    begins_itself = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Planned work begins at its time, without anybody doing it; each window may say otherwise.",
    )
    ends_itself = models.BooleanField(
        default=True,
        db_default=True,
        help_text="The same of its end. Without, its owner is asked when it is due.",
    )
    reminders = models.CharField(
        max_length=40,
        blank=True,
        default="72h 1h",
        db_default="72h 1h",
        validators=[validate_leads],
        help_text="How long before planned work its subscribers are reminded, at most three times, like 72h 1h. Empty: "
        "never.",
    )
    extends_itself_minutes = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        validators=[MaxValueValidator(1440)],
        help_text="Planned work that does not end by itself, and is not over in time, is put off by so many minutes "
        "each time, and subscribers are told. 0: never.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "site"

    def __str__(self):
        return self.name

    @classmethod
    def load(cls) -> "Site":
        """The row, without the logo's bytes: they are read where they are sent."""
        site = cls.objects.defer("logo").get_or_create(pk=1)[0]
        language.remember(site.language)
        return site

    @classmethod
    @contextmanager
    def speaking(cls) -> Iterator["Site"]:
        """Let what is said be in the site's language, until it is left, or around a view."""
        site = cls.load()
        with language.speaking(site.language):
            yield site

    @classmethod
    def raise_page_version(cls, *, withdraws: bool = False) -> None:
        """Called inside the transaction of everything that changes what the public sees.

        `withdraws`: it may take something off the page, so that no older answer may be shown again, come what may.
        """
        cls.load()
        version = F("page_version") + 1
        oldest = {"oldest_shown": version} if withdraws else {}
        cls.objects.filter(pk=1).update(page_version=version, updated_at=timezone.now(), **oldest)
        page_changes.tell()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def reminder_leads(self) -> list[timedelta]:
        """How long before a window its subscribers are reminded, the longest first."""
        found = map(_LEAD.fullmatch, self.reminders.replace(",", " ").split())
        return sorted({_lead(one) for one in found if one}, reverse=True)

    def day_of(self, at: datetime) -> date:
        """The day of the page's calendar in which `at` is."""
        return at.astimezone(self.zone).date()

    @property
    def accents(self) -> palette.Accents | None:
        """The accent for light and for dark screens; None where it is ours."""
        return palette.accents(self.accent) if self.accent else None

    logo_height = LOGO_HEIGHT

    @property
    def logo_path(self) -> str:
        return reverse("logo") if self.logo_type else ""

    @property
    def page_name(self) -> str:
        """The name of the page: "Northwind status"."""
        return self.name if self.name.lower().endswith("status") else gettext("%(name)s status") % {"name": self.name}
