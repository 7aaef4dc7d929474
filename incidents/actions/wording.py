"""The rule of what may be published, character by character: one for every door."""

from collections.abc import Callable

from django.core.exceptions import ValidationError

from statuspage.lib import markdown
from statuspage.lib.text import is_blank, validate_line, validate_text

from ..models.fields import BODY_LENGTH, TITLE_LENGTH
from .templates import blanks_in

_NO_BODY = "Write what customers should know."


def validate(*, body: str, title: str | None = None) -> None:
    """Raises ValidationError, by field, for text that must not be published: also for a blank left unfilled."""
    if errors := problems(body=body, title=title):
        raise ValidationError(errors)


def problems(*, body: str, title: str | None = None) -> dict[str, list[str]]:
    """Return what is wrong with text that is to be published, as messages by field; None is no title, and right."""
    errors = {"body": _problems(body, BODY_LENGTH, _validate_body, _NO_BODY)}
    if title is not None:
        errors["title"] = _problems(title, TITLE_LENGTH, validate_line, "Say in one line what is wrong.")
    return {name: messages for name, messages in errors.items() if messages}


def _problems(text: str, limit: int, validate_characters: Callable[[str], None], empty: str) -> list[str]:
    if is_blank(text):
        return [empty]
    if len(text) > limit:
        return [f"Shorten this to {limit:,} characters; it has {len(text):,}."]
    try:
        validate_characters(text)
        validate_filled(text)
    except ValidationError as error:
        return error.messages
    return []


def _validate_body(text: str) -> None:
    validate_text(text)
    if is_blank(markdown.words(markdown.render(text))):
        raise ValidationError(_NO_BODY, code="required")


def as_far_as_publishable(text: str) -> str:
    """`text` for a preview: nothing where it cannot be published. A hostile Markdown text takes seconds to render."""
    text = text[:BODY_LENGTH]
    try:
        validate_text(text)
    except ValidationError:
        return ""
    return text


def validate_filled(text: str) -> None:
    """Raises ValidationError when a template's blank still stands in `text`, naming the first.

    Other double braces are words like any: a note may be about them.
    """
    if blanks := blanks_in(text):
        raise ValidationError(f"Fill the blank {{{{ {blanks[0]} }}}} before publishing.", code="blank")


def reason_of(text: str, *, empty: str) -> str:
    """A reason for the audit, trimmed. Raises ValidationError for the field `reason`, saying `empty` if it is."""
    reason = text.strip()
    if not reason:
        raise ValidationError({"reason": empty})
    if len(reason) > TITLE_LENGTH:
        raise ValidationError({"reason": f"Shorten this to {TITLE_LENGTH} characters; it has {len(reason):,}."})
    try:
        validate_line(reason)
    except ValidationError as error:
        raise ValidationError({"reason": error.messages}) from None
    return reason
