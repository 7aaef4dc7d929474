"""What is missing before customers rely on the page, in the order in which it is best done."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse

from incidents.models import Component, IncidentTemplate, Site
from statuspage.accounts.roles import LEAD
from subscribers import offering
from subscribers.channels import registry
from subscribers.enums import Channel
from subscribers.models import Contact


@dataclass(frozen=True)
class Item:
    """`todo` says what to do and why, in a sentence or two; `path` is where; empty where it is done outside, in the
    settings."""

    title: str
    is_done: bool
    todo: str
    path: str = ""


def items(user: User) -> list[Item]:
    """Return every item as it stands for `user`, who looks. Six queries."""
    return [item for part in _PARTS for item in part(user)]


def _page(user: User) -> Iterator[Item]:
    site = Site.load()
    todo = "The company's name, its time zone, language, logo, colour."
    is_named = site.name != Site._meta.get_field("name").default
    yield Item("Name and zone of the page", is_named, todo, reverse("admin:incidents_site_change", args=[site.pk]))


def _components(user: User) -> Iterator[Item]:
    yield Item(
        "Components",
        Component.objects.exists(),
        "What customers use, in their words: paste a list. Until then the page has no colour.",
        reverse("setup:components"),
    )


def _address(user: User) -> Iterator[Item]:
    yield Item(
        "The address of the page",
        settings.SITE_URL.startswith("https:"),
        "SITE_URL has no https. Every link in a mail begins with it, and cookies and HSTS go by it.",
    )


def _channels(user: User) -> Iterator[Item]:
    for channel in Channel:
        named = registry.of(channel)
        yield Item(
            f"{channel.label} goes out",
            not named.is_kept_here,
            f"{named.url_setting} is {named.scheme}: so every message stays on this machine."
            if named.is_kept_here
            else "",
        )


def _proof(user: User) -> Iterator[Item]:
    """A code that was typed back has gone the whole way: ledger, worker, provider, and into a mailbox."""
    proved = set(Contact.objects.filter(person=user, verified_at__isnull=False).values_list("channel", flat=True))
    for channel in offering.offered():
        yield Item(
            f"{channel.label} has reached you",
            channel in proved,
            "Let us send you a code: it takes the way that notices take. It is also how we reach you at night.",
            reverse("staff:contacts"),
        )


def _bounces(user: User) -> Iterator[Item]:
    """Over SMTP alone: a provider's API reports what becomes of a mail by itself."""
    todo = "BOUNCE_ADDRESS is not set, so addresses that do not exist are written to again and again."
    if registry.of(registry.of_accounts()).scheme.startswith("smtp"):
        yield Item("Bounces come back to us", bool(settings.BOUNCE_ADDRESS), todo)


def _people(user: User) -> Iterator[Item]:
    others = User.objects.filter(is_active=True, is_staff=True).exclude(pk=user.pk)
    path = reverse("staff:people")
    yield Item("A colleague", others.exists(), "Who publishes when you sleep? And who lets you in again?", path)
    leads = User.objects.filter(is_active=True, groups__name=LEAD)
    yield Item("A communications lead", leads.exists(), f"Somebody in the group “{LEAD}”.", path)


def _words(user: User) -> Iterator[Item]:
    yield Item(
        "Approved words",
        IncidentTemplate.objects.approved().exists(),
        "A template for what fails most often. At 3 in the morning nobody writes well.",
        reverse("admin:incidents_incidenttemplate_changelist"),
    )


_PARTS: tuple[Callable[[User], Iterator[Item]], ...] = (
    _page,
    _components,
    _address,
    _channels,
    _proof,
    _bounces,
    _people,
    _words,
)
