"""SMS_URL, read in one place: which gateway, with what. What is wrong with it is said in words."""

from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from .. import Unavailable
from .gateway import Gateway
from .http import Http, Words
from .jasmin import Jasmin
from .kannel import Kannel
from .twilio import Twilio

_HTTP_OPTIONS = (
    *("from", "format", "to_field", "text_field", "from_field", "id_field", "user_field", "password_field"),
    *("coding_field", "codings", "callback_field", "status_field", "accepted", "idempotency"),
    *("delivered", "bounced", "failed"),
)
_FIXED = "fixed."  # and the name of a field
_EXAMPLES = (
    "outbox:, twilio://SID:TOKEN@api.twilio.com/?from=%2B15551234567, kannel://user:password@host:13013/?from=Name, "
    "jasmin://user:password@host:1401/?from=Name or https://user:password@host/path?from=Name"
)
_BOXES: dict[str, tuple[type[Kannel] | type[Jasmin], str]] = {
    "kannel": (Kannel, "/cgi-bin/sendsms"),
    "jasmin": (Jasmin, "/send"),
}


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
    if parts.scheme.removesuffix("+tls") in _BOXES:
        return _box(parts)
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


def _box(parts: SplitResult) -> Gateway:
    """A gateway of one's own, on one's own network: over plain HTTP unless "+tls" is said."""
    name, _, tls = parts.scheme.partition("+")
    kind, path = _BOXES[name]
    options = _options(parts, ("from",))
    if not parts.username or not parts.password:
        raise BadUrl(f"SMS_URL lacks the user or the password: {name}://user:password@host:port/?from=...")
    return kind(
        url=f"{'https' if tls else 'http'}://{_host(parts)}{path if parts.path in ('', '/') else parts.path}",
        user=unquote(parts.username),
        password=unquote(parts.password),
        sender=options.get("from", ""),
    )


def _http(parts: SplitResult) -> Http:
    options = _options(parts, _HTTP_OPTIONS, prefix=_FIXED)
    fixed = tuple((name.removeprefix(_FIXED), options.pop(name)) for name in list(options) if name.startswith(_FIXED))
    if options.get("format", "json") not in ("json", "form", "query"):
        raise BadUrl(f"SMS_URL has format={options['format']}; it may be json, form or query.")
    if sender := options.pop("from", ""):
        options["sender"] = sender
    if (idempotency := options.pop("idempotency", "0")) not in ("0", "1"):
        raise BadUrl(f"SMS_URL has idempotency={idempotency}; it may be 1 or 0.")
    return Http(
        idempotency=idempotency == "1",
        url=f"{parts.scheme}://{_host(parts)}{parts.path or '/'}",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        fixed=fixed,
        codings=_codings(options.pop("codings", "0,8")),
        words=Words(**{name: _among(options.pop(name, "")) for name in ("delivered", "bounced", "failed")}),
        **options,
    )


def _codings(text: str) -> tuple[str, str]:
    match text.split(","):
        case [gsm, other]:
            return gsm, other
    raise BadUrl(f"SMS_URL has codings={text}; it is two: of GSM text and of any other, such as 0,8.")


def _among(words: str) -> frozenset[str]:
    return frozenset(word.strip().lower() for word in words.split(",") if word.strip())


def _host(parts: SplitResult) -> str:
    if not parts.hostname:
        raise BadUrl(f"SMS_URL names no host. Write it like {_EXAMPLES}.")
    return parts.netloc.rpartition("@")[2]


def _options(parts: SplitResult, known: tuple[str, ...], *, prefix: str = "\0") -> dict[str, str]:
    """The query, of which each name is `known` or begins with `prefix`."""
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(name for name in options.keys() - set(known) if not name.startswith(prefix)):
        raise BadUrl(f"SMS_URL has {', '.join(unknown)}; known here: {', '.join(known)}.")
    if empty := sorted(name for name, value in options.items() if not value):
        raise BadUrl(f"SMS_URL gives no value for {', '.join(empty)}.")
    return options
