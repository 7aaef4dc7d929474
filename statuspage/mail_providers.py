"""EMAIL_URL for the mail providers' own APIs, through django-anymail: scheme://KEY@DOMAIN?option=value.

Those whose settings are a key (Mailgun: and a domain), and that anymail supports: SendGrid is no longer among them, and
is reached over SMTP. https://anymail.dev/en/stable/esps/ has more; to add one, write a row.
"""

from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote


class Provider(NamedTuple):
    """`key` and `domain`: the names of anymail's settings. `options`: those that the URL's query may set."""

    key: str
    domain: str = ""
    options: tuple[str, ...] = ("api_url",)


PROVIDERS = {
    "brevo": Provider("api_key"),
    "mailgun": Provider("api_key", "sender_domain", ("api_url", "webhook_signing_key")),
    "postmark": Provider("server_token", options=("api_url", "message_stream")),
    "resend": Provider("api_key", options=("api_url", "signing_secret")),
    "sparkpost": Provider("api_key"),
}
TIMEOUT = (5, 30)  # seconds to connect, and to wait for an answer


def settings_of(url: SplitResult, webhook_secret: str) -> dict:
    """Django's settings for a provider's URL. Raises KeyError or ValueError for one that is not understood."""
    provider = PROVIDERS[url.scheme]
    found = {provider.key: unquote(url.username or "")}
    if provider.domain:
        found[provider.domain] = url.hostname or ""
    options = dict(parse_qsl(url.query, keep_blank_values=True))
    if not all((found | options).values()) or options.keys() - set(provider.options):
        raise ValueError(url.scheme)
    values = {f"{url.scheme}_{name}".upper(): value for name, value in (found | options).items()}
    # One refused recipient among many is an outcome, not an error.
    anymail = values | {"REQUESTS_TIMEOUT": TIMEOUT, "IGNORE_RECIPIENT_STATUS": True}
    if webhook_secret:
        anymail["WEBHOOK_SECRET"] = webhook_secret
    return {"EMAIL_BACKEND": f"anymail.backends.{url.scheme}.EmailBackend", "ANYMAIL": anymail}
