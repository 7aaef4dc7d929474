"""Every door of the production server while its PostgreSQL is killed, cut off, silent, slow or read-only."""

import pytest

from statuspage.lib import tokens
from tests.journeys.absent_database import (
    FAULTS,
    PASSWORD,
    a_token,
    answer,
    cookies_of,
    log_in,
    read_only,
)
from tests.journeys.browsing import Form, Visitor


def doors(token) -> list[tuple[str, dict | None]]:
    sms = tokens.make("sms report", 1)
    return [
        ("/subscribe/", None),
        (f"/subscription/{token}/", None),
        (f"/subscription/{token}/", {"scope": "everything", "pace": "every"}),
        (f"/subscription/{token}/end-links/", {}),
        (f"/subscription/{token}/unsubscribe/", None),
        (f"/subscription/{tokens.make('confirm', 1)}/confirm/", None),
        (f"/subscription/{tokens.make('confirm', 1)}/confirm/", {}),
        (f"/s/{token}/", None),
        ("/admin/", None),
        ("/admin/login/", None),
        ("/admin/console/", None),
        ("/admin/support/", None),
        ("/admin/support/deliveries/", None),
        ("/admin/incidents/incident/", None),
        ("/outbox/", None),
        (f"/receipts/sms/{sms}/", {"status": "delivered"}),
        ("/nowhere/", None),
        ("/admin/nowhere/", None),
    ]


def secrets_of(token) -> list[str]:
    return [token, tokens.make("confirm", 1), tokens.make("sms report", 1)]


def test_a_walk_over_every_mailed_link_leaves_no_token_in_the_log(hasty, database):
    token = a_token(database)
    for path, body in [*doors(token), ("/receipts/sms/incoming/?key=" + tokens.make("sms incoming", 1), {})]:
        assert answer(hasty, path, body)[0] < 500
    for secret in [*secrets_of(token), tokens.make("sms incoming", 1)]:
        assert secret not in hasty.log()


@pytest.mark.parametrize("fault", FAULTS)
def test_no_door_is_a_500_and_no_log_holds_a_token_or_a_traceback(hasty, proxy, database, fault):
    token, lead = a_token(database), log_in(hasty)
    cookies, before = cookies_of(lead), len(hasty.log())
    found = {}
    with fault(database, proxy):
        for path, body in doors(token):
            status, headers, text = answer(hasty, path, body, cookies)
            found[path, body is not None] = status
            assert "Traceback" not in text
            if status == 503:
                assert headers["Retry-After"] == "10", path
    assert set(found.values()) <= {200, 302, 403, 404, 405, 410, 503}, found
    if fault is not read_only:
        assert found["/subscribe/", False] == found["/admin/console/", False] == 503
    assert found[f"/subscription/{token}/", True] == 503
    said = hasty.log()[before:]
    assert "the database does not answer" in said
    assert "/subscription/[token]/" in said
    assert not [secret for secret in secrets_of(token) if secret in said]
    assert "Traceback" not in said


def test_a_session_that_cannot_be_written_is_no_refused_request(hasty, proxy, database):
    visitor = Visitor(f"http://127.0.0.1:{hasty.port}")
    visitor.get("/admin/login/")
    values = Form(visitor.text, {"username"}).values | {"username": "lead", "password": PASSWORD}
    with read_only(database, proxy):
        status, headers, text = answer(hasty, "/admin/login/", values, cookies_of(visitor))
    assert (status, headers["Retry-After"]) == (503, "10")
    assert PASSWORD not in text
