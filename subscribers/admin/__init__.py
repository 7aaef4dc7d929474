"""The admin of subscribers and of their notices. All of it is kept by actions and only looked up here."""

from . import deliveries, incoming, subscribers, suppressions  # noqa: F401  they register
