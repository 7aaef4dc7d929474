"""Pre-approved texts: filling their blanks, approving them."""

import re
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from ..models import AuditEvent, IncidentTemplate
from ..models.template import BLANKS

_BLANK = re.compile(r"\{\{\s*(" + "|".join(BLANKS) + r")\s*\}\}")


def fill(body: str, values: Mapping[str, str]) -> str:
    """Put `values` into the blanks of `body`, literally and once: what is filled in is never looked at again.

    A blank without a value stays, and `validate_filled` will refuse to publish it.
    """
    return _BLANK.sub(lambda match: values.get(match[1], "").strip() or match[0], body)


def blanks_in(body: str) -> list[str]:
    """The names of the blanks of `body`, in order, each once."""
    return list(dict.fromkeys(_BLANK.findall(body)))


@transaction.atomic
def approve(*, template: IncidentTemplate, by, at: datetime) -> IncidentTemplate:
    """Let the lead use this template; says who answers for its words."""
    template.approved_at, template.approved_by = at, by.get_username()
    template.save(update_fields=["approved_at", "approved_by"])
    AuditEvent.record("approved template", template, by=by, at=at)
    return template
