"""No log keeps a link that acts: whoever reads it could do what the link's owner may."""

import logging
import re

PRIVATE = ("subscription", "s", "receipts/sms")  # what follows one of these in an address is a token
_TOKEN = re.compile(rf"(/(?:{'|'.join(PRIVATE)})/)[^\s/?\"']+")


def masked(text: str) -> str:
    """`text` with *** for each token in an address."""
    return _TOKEN.sub(r"\1***", text)


class MaskingFormatter(logging.Formatter):
    """Masks the whole line, a traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))
