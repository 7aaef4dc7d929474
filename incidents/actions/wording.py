"""What may be published, character by character: the one rule for every door."""

from django.core.exceptions import ValidationError

from statuspage.lib.text import validate_filled, validate_line, validate_text

from ..models.fields import BODY_LENGTH, TITLE_LENGTH


def validate(*, body: str, title: str | None = None) -> None:
    """Raises ValidationError, by field, for text that must not be published: also for a blank left unfilled."""
    errors = {"body": _problems(body, BODY_LENGTH, validate_text, "Write what customers should know.")}
    if title is not None:
        errors["title"] = _problems(title, TITLE_LENGTH, validate_line, "Say in one line what is wrong.")
    if any(errors.values()):
        raise ValidationError({name: messages for name, messages in errors.items() if messages})


def _problems(text: str, limit: int, validate_characters, empty: str) -> list[str]:
    if not text.strip():
        return [empty]
    if len(text) > limit:
        return [f"Shorten this to {limit:,} characters; it has {len(text):,}."]
    try:
        validate_characters(text)
        validate_filled(text)
    except ValidationError as error:
        return error.messages
    return []


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
