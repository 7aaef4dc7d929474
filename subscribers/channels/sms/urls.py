"""SMS_URL, read in one place: which gateway, with what. What is wrong with it is said in words."""

from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from .. import Unavailable
from .gateway import Gateway
from .http import Http
from .twilio import Twilio

_HTTP_OPTIONS = (
    *("from", "format", "to_field", "text_field", "from_field", "id_field"),
    *("callback_field", "idempotency"),
)
_EXAMPLES = (
    "outbox:, twilio://SID:TOKEN@api.twilio.com/?from=%2B15551234567 or https://user:password@host/path?from=Name"
)


class BadUrl(Unavailable):
    """SMS_URL does not name a gateway; the message says why. Rows wait until it is mended."""


@lru_cache(maxsize=8)
def gateway_of(url: str) -> Gateway | None:
    """The gateway that SMS_URL names; None for the outbox. Raises BadUrl, without the URL's secrets in its words."""
    if url == "outbox:":
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise BadUrl(f"SMS_URL is not a URL: {error}. Write it like {_EXAMPLES}.") from None
    if parts.scheme in ("twilio", "twilio+http"):
        return _twilio(parts)
    if parts.scheme in ("http", "https"):
        return _http(parts)
    raise BadUrl(f"SMS_URL begins with {parts.scheme or 'nothing'}:, which is unknown. Write it like {_EXAMPLES}.")


def _twilio(parts: SplitResult) -> Twilio:
    options = _options(parts, ("from",))
    if not parts.username or not parts.password:
        raise BadUrl("SMS_URL lacks the account or its token: twilio://SID:TOKEN@api.twilio.com/?from=...")
    if not options.get("from"):
        raise BadUrl("SMS_URL lacks the sender: add ?from=%2B15551234567 or a messaging service, ?from=MG...")
    scheme = "http" if parts.scheme == "twilio+http" else "https"
    return Twilio(
        base=f"{scheme}://{_host(parts)}",
        account=unquote(parts.username),
        token=unquote(parts.password),
        sender=options["from"],
    )


def _http(parts: SplitResult) -> Http:
    options = _options(parts, _HTTP_OPTIONS)
    if options.get("format", "json") not in ("json", "form"):
        raise BadUrl(f"SMS_URL has format={options['format']}; it may be json or form.")
    if sender := options.pop("from", ""):
        options["sender"] = sender
    if (idempotency := options.pop("idempotency", "0")) not in ("0", "1"):
        raise BadUrl(f"SMS_URL has idempotency={idempotency}; it may be 1 or 0.")
    return Http(
        idempotency=idempotency == "1",
        url=f"{parts.scheme}://{_host(parts)}{parts.path or '/'}",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        **options,
    )


def _host(parts: SplitResult) -> str:
    if not parts.hostname:
        raise BadUrl(f"SMS_URL names no host. Write it like {_EXAMPLES}.")
    return parts.netloc.rpartition("@")[2]


def _options(parts: SplitResult, known: tuple[str, ...]) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(options.keys() - set(known)):
        raise BadUrl(f"SMS_URL has {', '.join(unknown)}; known here: {', '.join(known)}.")
    if empty := sorted(name for name, value in options.items() if not value):
        raise BadUrl(f"SMS_URL gives no value for {', '.join(empty)}.")
    return options
