"""The version in the foot of every staff screen."""

import pytest

from statuspage import __version__

pytestmark = pytest.mark.django_db
FOOT = f"Statuspage {__version__}"


@pytest.mark.parametrize("address", ["/admin/", "/admin/incidents/", "/admin/incidents/incident/"])
def test_the_staff_see_which_version_runs(admin_client, address):
    assert FOOT in admin_client.get(address, follow=True).text


def test_strangers_do_not(client):
    answer = client.get("/admin/login/")
    assert answer.status_code == 200
    assert FOOT not in answer.text
