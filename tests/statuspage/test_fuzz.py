"""C38: 2,000 requests of every shape to every address, in every role, the same in each run; SEED=n sends others.

Others each time are for `python -m tests.chaos.doors`: what is found there is mended and gets a test by name.
"""

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from subscribers.channels.sms import callbacks
from tests import seeds
from tests.fuzz import Fuzzer

from .access import ROLES
from .test_access import house  # noqa: F401  the fixture

pytestmark = pytest.mark.django_db
SHOTS = 2_000
SEED = seeds.seed(38)


@pytest.fixture
def known(house, settings):  # noqa: F811
    """What is really there, by the names of the URLconf; and both kinds of provider."""
    settings.SMS_URL = "https://gateway.example.test/send"
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t", "WEBHOOK_SECRET": "user:pass"}
    special = [value for (_, argument), value in house.special.items() if argument == "token"]
    report = callbacks.address_of(house.special["support:told", "delivery"]).rstrip("/").rpartition("/")[2]
    return {name: [str(value)] for name, value in house.values.items()} | {
        "token": [house.values["token"], report, *special],
        "public_id": [house.incident.public_id, house.incident.components.get().public_id],
        "object_id": ["1", str(house.incident.pk)],
        "key": [callbacks.incoming_key()],
    }


@pytest.mark.parametrize("role", ROLES)
def test_no_request_is_a_500_or_shows_a_traceback(known, role, caplog):
    visitor = Client()
    if role != "anonymous":
        visitor.force_login(User.objects.get(username=role))
    wrong = []
    shots = iter(Fuzzer(SEED * len(ROLES) + ROLES.index(role), known))
    for _ in range(SHOTS // len(ROLES)):
        shot = next(shots)
        caplog.clear()
        status, text = outcome(visitor, shot)
        if status >= 500 or b"Traceback (most recent" in text:
            wrong.append(f"{status} {shot}\n{caplog.text[-1500:]}")
    print(f"SEED={SEED}")
    assert not wrong, f"SEED={SEED}: {len(wrong)} wrong\n" + "\n".join(wrong)


def outcome(visitor, shot) -> tuple[int, bytes]:
    """Status and body; what the request changed is taken back."""
    client = Client(raise_request_exception=False)
    client.cookies = visitor.cookies.copy()
    headers = {name: value for name, value in shot.headers.items() if name != "Cookie" or not visitor.cookies}
    with transaction.atomic():
        response = client.generic(shot.method, shot.path, shot.body, content_type=shot.content_type, headers=headers)
        body = b"" if response.streaming else response.content
        transaction.set_rollback(True)
    return response.status_code, body
