"""The conflicts for which an action refuses. Bad input is Django's ValidationError, named by field."""

from ..models import Bulletin, IncidentUpdate


class Conflict(Exception):
    """A conflict: somebody else published, or edited, first. `latest` is their update; nothing of ours was written."""

    def __init__(self, latest: IncidentUpdate):
        super().__init__("Somebody else published an update, or edited this one, in the meantime.")
        self.latest = latest


class BulletinConflict(Exception):
    """A conflict: somebody else changed the bulletin first. `latest` is how it stands now; nothing of ours was
    written."""

    def __init__(self, latest: Bulletin):
        super().__init__("Somebody else changed this in the meantime.")
        self.latest = latest


class KeyReused(Exception):
    """The idempotency key was used before, with other content. Nothing was written."""
