"""The web process as it is, but with an age notice after seconds instead of a minute and a half."""

from statuspage import edge

edge.UNCONFIRMED_AFTER = 4.0

from statuspage.wsgi import application  # noqa: E402, F401
