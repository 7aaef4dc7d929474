"""Pre-approved texts: filling their blanks, approving them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from statuspage.lib import markdown

from ..audit_verbs import AuditVerb
from ..models import Actor, AuditEvent, IncidentTemplate
from ..models.template import BLANKS
from . import promised

_ANY_BLANK = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_BLANK = re.compile(r"\{\{\s*(" + "|".join(BLANKS) + r")\s*\}\}")


def fill(body: str, values: Mapping[str, str]) -> str:
    """Put `values` into the blanks of `body`, literally and once: what is filled in is never looked at again.

    A blank without a value stays, and `wording.validate_filled` will refuse to publish it.
    """
    return _BLANK.sub(lambda match: values.get(match[1], "").strip() or match[0], body)


def blanks_in(body: str) -> list[str]:
    """The names of the blanks of `body`, in order, each once."""
    return list(dict.fromkeys(_BLANK.findall(body)))


def unknown_blanks(body: str) -> list[str]:
    """Return what stands between double braces in `body` and could never be filled."""
    return [name for name in dict.fromkeys(_ANY_BLANK.findall(body)) if name not in BLANKS]


def fixed_times(body: str) -> list[str]:
    """The clocks by which `body` says that we write again: whoever uses the template would have to change them.

    A span from then ("in 30 minutes") stays true.
    """
    said = promised.promises(markdown.plain(markdown.render(body)), at=timezone.now(), zone=UTC)
    return [one.words for one in said if not one.is_span]


@transaction.atomic
def note_saved(*, template: IncidentTemplate, is_new: bool, words_changed: bool, by: Actor, at: datetime) -> bool:
    """Note that a template was saved; return whether its approval was taken away by that.

    Somebody answers for the words of an approved template; other words are not the ones they answer for.
    """
    AuditEvent.record(AuditVerb.ADDED_TEMPLATE if is_new else AuditVerb.CHANGED_TEMPLATE, template, by=by, at=at)
    if not (words_changed and template.approved_at):
        return False
    template.approved_at, template.approved_by = None, ""
    template.save(update_fields=["approved_at", "approved_by"])
    AuditEvent.record(AuditVerb.WITHDREW_APPROVAL, template, by=by, at=at)
    return True


@transaction.atomic
def approve(*, template: IncidentTemplate, by: User, at: datetime) -> IncidentTemplate:
    """Let the lead use this template; says who answers for its words. Raises ValidationError where it has none."""
    if not template.steps.exists():
        raise ValidationError("It has no text yet.")
    template.approved_at, template.approved_by = at, by.get_username()
    template.save(update_fields=["approved_at", "approved_by"])
    AuditEvent.record(AuditVerb.APPROVED_TEMPLATE, template, by=by, at=at)
    return template
