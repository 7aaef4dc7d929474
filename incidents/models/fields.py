"""The columns that several models share, each said once."""

from typing import Any

from django.db import models

from statuspage.lib.ids import LENGTH, public_id
from statuspage.lib.text import MAX_TEXT, validate_line, validate_text

TITLE_LENGTH = 255
BODY_LENGTH = MAX_TEXT


class PublicIdField(models.CharField):
    """The lasting identifier in addresses and the API."""

    def __init__(self, **kwargs: Any):
        ours: dict[str, Any] = {"max_length": LENGTH, "unique": True, "default": public_id, "editable": False}
        super().__init__(**ours | kwargs)


class LineField(models.CharField):
    """One line of text without control, bidi or separator characters."""

    default_validators = [validate_line]

    def __init__(self, **kwargs):
        super().__init__(**{"max_length": TITLE_LENGTH} | kwargs)


class MarkdownField(models.TextField):
    """Bounded Markdown source."""

    default_validators = [validate_text]

    def __init__(self, **kwargs):
        super().__init__(**{"max_length": BODY_LENGTH} | kwargs)

    def formfield(self, **kwargs):
        return super().formfield(**{"max_length": self.max_length} | kwargs)


class LinkField(models.URLField):
    """A web address; without a scheme it is taken for https."""

    def formfield(self, **kwargs):
        return super().formfield(**{"assume_scheme": "https"} | kwargs)
