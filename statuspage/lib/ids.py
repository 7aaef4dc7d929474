"""Public identifiers: 12 characters of digits and consonants, as the field's API uses them."""

import re
import secrets

ALPHABET = "0123456789bcdfghjklmnpqrstvwxyz"
LENGTH = 12
PATTERN = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")


def public_id() -> str:
    """A new random identifier (59 bits): unguessable enough for hidden objects, short enough to read out."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
