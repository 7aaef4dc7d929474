"""What somebody types at a prompt, as the console's forms take it: the same fields, rules and messages."""

import difflib
import re
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from incidents.actions.errors import Conflict, KeyReused
from incidents.console.picker import PREFIX
from incidents.console.publish_form import PublishForm, new_key
from incidents.console.template_text import FIELD_OF_BLANK
from incidents.enums import ComponentStatus
from incidents.models import Component, IncidentTemplate, IncidentUpdate
from statuspage.lib import local_time
from statuspage.lib.form_fields import choices_of, field_of

_OPTIONS = {"components": "--component", "next_update_at": "--next-update", "request_key": "--key"}
_MOMENT_MESSAGES = {
    "invalid": "Write 30m, 2h, or a time like 2026-11-21 14:30.",
    "twice": "%(clock)s comes twice that night. Write %(first_value)s for the first (%(first)s), %(second_value)s for "
    "the second (%(second)s).",
}
_SPAN = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,4})m)?")


class Refused(Exception):
    """Nothing was written. `lines` say what is wrong, each with the option that mends it."""

    def __init__(self, *lines: str):
        super().__init__(*lines)
        self.lines = lines


def author(name: str | None, *, may: str = "incidents.publish", what: str = "publish"):
    """The user of --by, who must have the permission `may`, in words `what`; None where nobody is named."""
    if name is None:
        return None
    user = get_user_model().objects.filter(username=name, is_active=True, is_staff=True).first()
    if user is None:
        raise Refused(f"--by: No member of staff is called {name}.")
    if not user.has_perm(may):
        raise Refused(f"--by: {name} may not {what}.")
    return user


def text(given: str) -> str:
    """What is given, or for "-" what comes in."""
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


def blanks(given: Iterable[str]) -> dict[str, str]:
    """BLANK=TEXT, as the form's fields."""
    values = dict(_pair("--set", one) for one in given)
    askable = {name: field for name, field in FIELD_OF_BLANK.items() if name != "next_update_by"}
    for name in values.keys() - askable:
        other = "use --next-update" if name in FIELD_OF_BLANK else f"the blanks are {', '.join(askable)}"
        raise Refused(f"--set: {name} cannot be set; {other}.")
    return {askable[name]: text(value) for name, value in values.items()}


def components(given: Iterable[str]) -> dict[str, str]:
    """NAME=STATUS, as the form's fields. NAME is a component's name, GROUP/NAME or its id."""
    return dict(_together(partial(_affected, one) for one in given))


def _affected(given: str) -> tuple[str, str]:
    name, status = _pair("--component", given)
    component, status = _together([partial(_component, name), partial(_status, name, status)])
    return PREFIX + component.public_id, status


def _together(readings: Iterable[Callable]) -> list:
    """What each gives. Raises one Refused with the lines of all that are refused."""
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


def moment(given: str | None, at: datetime) -> dict[str, str]:
    """30m, 2h, 1h30m from `at`, or a date and a time in the page's zone, as the form's field."""
    if given is None:
        return {}
    span = _SPAN.fullmatch(given)
    if span and any(span.groups()):
        hours, minutes = (int(part or 0) for part in span.groups())
        later = at.astimezone(UTC) + timedelta(hours=hours, minutes=minutes)
        given = local_time.as_typed(later, timezone.get_current_timezone())
    return {"next_update_at": given}


def asked_at(key: str | None, now: datetime) -> datetime:
    """When this was asked for: where its key was used before, at that time, so that "30m" says the same again."""
    earlier = IncidentUpdate.objects.filter(request_key=key) if key else IncidentUpdate.objects.none()
    return earlier.values_list("display_at", flat=True).first() or now


def key(given: str | None) -> dict[str, str]:
    """The idempotency key, made up where none is given."""
    return {"request_key": given or new_key()}


def publish(
    form: PublishForm, action: Callable[..., IncidentUpdate], *, by, dry_run: bool, anyway: bool, **about
) -> IncidentUpdate:
    """What `form` asks for, done by `action`; with `dry_run` done and taken back. Raises Refused.

    `anyway`: also where a time in the words differs from what is filled in.
    """
    _speak_of_options(form)
    if not form.is_valid():
        raise Refused(*_lines(form.errors.items()))
    if form.doubts and not anyway:
        doubts = [f"{_option(doubt.field)}{doubt.text}" for doubt in form.doubts]
        raise Refused(*doubts, "Nothing is published. Change one of them, or add --anyway to leave both as they are.")
    try:
        with transaction.atomic():
            update = action(**form.draft(), **about, by=by, at=form.at)
            if dry_run:
                transaction.set_rollback(True)
    except ValidationError as error:
        raise Refused(*_lines(getattr(error, "error_dict", {"": error}).items())) from None
    except Conflict:
        raise Refused("Somebody else published an update in this moment. Read it, then run this again.") from None
    except KeyReused:
        raise Refused("--key: It was used before, for something else. Nothing was published again.") from None
    return update


def _speak_of_options(form: PublishForm) -> None:
    """At a prompt nobody sees what there is to choose from."""
    for name in form.fields.keys() & {"status", "severity"}:
        choices = ", ".join(value for value, _ in choices_of(field_of(form, name, forms.ChoiceField)))
        messages = {"required": f"Choose from {choices}.", "invalid_choice": f"%(value)s is none of {choices}."}
        form.fields[name].error_messages |= messages
    if "next_update_at" in form.fields:
        form.fields["next_update_at"].error_messages |= _MOMENT_MESSAGES


def _lines(errors) -> list[str]:
    """One a line, named by the option that mends it."""
    return [
        f"{_option(field)}{message}"
        for field, messages in errors
        for message in (messages.messages if isinstance(messages, ValidationError) else _texts(messages))
    ]


def _texts(messages) -> list[str]:
    return [text for one in messages for text in (one.messages if isinstance(one, ValidationError) else [str(one)])]


def _option(field: str) -> str:
    if not field or field == "__all__":
        return ""
    if field in FIELD_OF_BLANK:
        return f"--set {field}: "
    return f"{_OPTIONS.get(field, f'--{field}')}: "
