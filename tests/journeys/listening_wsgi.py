"""The web process as it is, but it never looks at the page version by the clock: what it shows, it heard of."""

from statuspage.edge import answer_cache

answer_cache.LOOK_EVERY = 86_400.0

from statuspage.wsgi import application  # noqa: E402, F401  granian serves it
