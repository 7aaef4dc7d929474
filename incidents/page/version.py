"""The version of the page, by which an open page notices that it says something else now."""

import hashlib
from dataclasses import Field, fields
from typing import Any, ClassVar


class Versioned:
    """A frozen dataclass of the page, told apart by everything it says but the clock."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def version(self) -> str:
        """The same for the same content in every process; `at` alone does not change it."""
        content = [getattr(self, field.name) for field in fields(self) if field.name != "at"]
        return hashlib.blake2b(repr(content).encode("utf-8", "replace"), digest_size=8).hexdigest()
