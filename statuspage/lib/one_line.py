"""The log of what strangers send wrongly, in one line each: a traceback a request would let them fill the disk."""

import logging

_REFUSALS = "django.security"


class RefusalsInOneLine(logging.Filter):
    """Takes the traceback from what Django logs of a request that it refused itself."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten a refusal to one line; always True: the line stays."""
        if record.name.startswith(_REFUSALS):
            record.exc_info = record.exc_text = None
        return True
