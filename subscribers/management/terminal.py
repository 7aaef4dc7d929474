"""The options that somebody types at a prompt: who, which template, which components, until when."""

import argparse
import difflib
import re
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial

from django.contrib.auth import get_user_model
from django.core.management.base import DjangoHelpFormatter
from django.utils import timezone

from incidents.actions.words import SAID
from incidents.enums import ComponentStatus
from incidents.models import Component, Incident, IncidentTemplate, IncidentType, IncidentUpdate
from incidents.models.template import BLANKS
from statuspage.lib import local_time

END = "expected_fixed_by"  # the blank that is a time
_SPAN = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,4})m)?")


class Formatter(DjangoHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Examples keep their lines."""


class Refused(Exception):
    """A refusal: nothing was written. `lines` say what is wrong, each with the option that mends it."""

    def __init__(self, *lines: str):
        super().__init__(*lines)
        self.lines = lines


def author(name: str | None, *, may: str = "incidents.publish", what: str = "publish", option: str = "--by"):
    """The user of `option`, who must have the permission `may`, in words `what`; None where nobody is named."""
    if name is None:
        return None
    user = get_user_model().objects.filter(username=name, is_active=True, is_staff=True).first()
    if user is None:
        raise Refused(f"{option}: No member of staff is called {name}.")
    if not user.has_perm(may):
        raise Refused(f"{option}: {name} may not {what}.")
    return user


def text(given: str) -> str:
    """Return the text that is given, or for "-" what comes in."""
    return sys.stdin.read() if given == "-" else given


def template_called(name: str | None) -> IncidentTemplate | None:
    """The approved template of that name, whatever its case."""
    if name is None:
        return None
    approved = IncidentTemplate.objects.approved()
    if found := approved.filter(name__iexact=name).first():
        return found
    names = ", ".join(approved.values_list("name", flat=True)) or "none"
    raise Refused(f"--template: No approved template is called {name}. There are: {names}.")


def type_called(name: str | None) -> IncidentType | None:
    """The type of incident of that name, whatever its case."""
    if name is None:
        return None
    known = {one.name.casefold(): one for one in IncidentType.objects.all()}
    if found := known.get(name.strip().casefold()):
        return found
    if close := difflib.get_close_matches(name.casefold(), known):
        raise Refused(f"--type: There is no type {name}. Is it {' or '.join(known[one].name for one in close)}?")
    names = ", ".join(one.name for one in known.values()) or "none yet; the admin adds them"
    raise Refused(f"--type: There is no type {name}. There are: {names}.")


def blanks(given: Iterable[str]) -> dict[str, str]:
    """BLANK=TEXT of each."""
    values = dict(_pair("--set", one) for one in given)
    known = (*SAID, END)
    for name in values.keys() - set(known):
        other = "use --next-update" if name in BLANKS else f"the blanks are {', '.join(known)}"
        raise Refused(f"--set: {name} cannot be set; {other}.")
    return {name: text(value).strip() for name, value in values.items()}


def incident_called(public_id: str) -> Incident:
    """The incident or maintenance with this id."""
    incident = Incident.all_kinds.select_related("template").filter(public_id=public_id).first()
    if incident is None:
        raise Refused(f"There is no incident {public_id}. {_open_ones()}")
    return incident


def _open_ones() -> str:
    """Return the open incidents, one of which somebody may have meant who does not know the id."""
    found = [f"{one.public_id} ({one.title})" for one in Incident.all_kinds.open().order_by("-pk")]
    return f"Open now: {', '.join(found)}." if found else "Nothing is open now."


def components_called(given: Iterable[str]) -> list[Component]:
    """The components of these names: each a component's name, GROUP/NAME or its id."""
    return _together(partial(_component, name) for name in given)


def components(given: Iterable[str]) -> dict[Component, str]:
    """NAME=STATUS. NAME is a component's name, GROUP/NAME or its id."""
    return dict(_together(partial(_affected, one) for one in given))


def _affected(given: str) -> tuple[Component, str]:
    name, status = _pair("--component", given)
    component, status = _together([partial(_component, name), partial(_status, name, status)])
    return component, status


def _together(readings: Iterable[Callable]) -> list:
    """Return what each of them gives. Raises one Refused with the lines of all that are refused."""
    found, wrong = [], list[str]()
    for read in readings:
        try:
            found.append(read())
        except Refused as refused:
            wrong += refused.lines
    if wrong:
        raise Refused(*wrong)
    return found


def _pair(option: str, given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=") if option == "--set" else given.rpartition("=")
    if not equals:
        raise Refused(f"{option}: Write {given} as NAME=VALUE.")
    return name.strip(), value.strip()


def _component(name: str) -> Component:
    found = [
        component for component in Component.objects.select_related("group") if name.casefold() in _names(component)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused(f"--component: {len(found)} components are called {name}; write GROUP/{name}.")
    known = {one.casefold(): one for one in Component.objects.values_list("name", flat=True)}
    if close := difflib.get_close_matches(name.casefold(), known):
        raise Refused(f"--component: There is no component {name}. Is it {' or '.join(known[one] for one in close)}?")
    names = ", ".join(known.values()) or "none yet; the admin adds them"
    raise Refused(f"--component: There is no component {name}. There are: {names}.")


def _names(component: Component) -> set[str]:
    names = {component.public_id, component.name.casefold()}
    return names | {f"{component.group.name}/{component.name}".casefold()} if component.group else names


def _status(name: str, given: str) -> str:
    status = given.lower().replace("-", "_")
    if status not in ComponentStatus.values:
        raise Refused(f"--component: {given} is no state for {name}; choose from {', '.join(ComponentStatus.values)}.")
    return status


def moment(given: str, at: datetime) -> str:
    """30m, 2h, 1h30m from `at` as a date and a time in the page's zone; anything else as it is."""
    span = _SPAN.fullmatch(given)
    if not (span and any(span.groups())):
        return given
    hours, minutes = (int(part or 0) for part in span.groups())
    later = at.astimezone(UTC) + timedelta(hours=hours, minutes=minutes)
    return local_time.as_typed(later, timezone.get_current_timezone())


def asked_at(key: str | None, now: datetime) -> datetime:
    """Return when this was asked for: where its key was used before, that time, so that "30m" says the same again."""
    earlier = IncidentUpdate.objects.filter(request_key=key) if key else IncidentUpdate.objects.none()
    return earlier.values_list("created_at", flat=True).first() or now
