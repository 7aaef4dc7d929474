"""The doors of the field's API v2: read only, no key, open to every site, the query string without meaning."""

from django.http import HttpResponse

from statuspage.lib import safe_json
from statuspage.lib.methods import read_only
from statuspage.lib.public import from_anywhere, public

from ..page import statuspage_v2

CONTENT_TYPE = "application/json; charset=utf-8"


def _door(build):
    @from_anywhere
    @public
    def answer(request):
        return HttpResponse(safe_json.dump(build()), content_type=CONTENT_TYPE)

    return answer


summary = _door(statuspage_v2.summary)
status = _door(statuspage_v2.status)
components = _door(statuspage_v2.components)
incidents = _door(statuspage_v2.incidents)
unresolved_incidents = _door(statuspage_v2.unresolved_incidents)
scheduled_maintenances = _door(statuspage_v2.scheduled_maintenances)
upcoming_maintenances = _door(statuspage_v2.upcoming_maintenances)
active_maintenances = _door(statuspage_v2.active_maintenances)


@from_anywhere
@read_only
def unknown(request, path=""):
    """A client that asks for what is not here expects JSON all the same."""
    error = {"error": "not_found", "message": "This API has no such address."}
    return HttpResponse(safe_json.dump(error), status=404, content_type=CONTENT_TYPE)
