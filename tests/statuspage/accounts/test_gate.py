"""What stands in front of the places in Django: a flood of tries takes none."""

import threading
from io import BytesIO

import pytest
from django.http import HttpResponse

from statuspage.accounts import brake, cookies
from statuspage.accounts.gate import Gate
from statuspage.lib import budgets
from tests.statuspage.test_headers import faults, through

FORM = b"username=lead&password=s3cret&next=%2Fadmin%2Fconsole%2F"


class Inside:
    """What stands behind the gate; counts who came through."""

    def __init__(self):
        self.came = 0

    def __call__(self, environ, start_response):
        self.came += 1
        start_response("200 OK", [])
        return [b"inside"]


@pytest.fixture
def inside(settings, monkeypatch):
    monkeypatch.setattr(budgets, "counts", budgets.Memory(lambda: 1000.0))  # no time passes
    settings.ALLOWED_HOSTS = ["status.example.test"]
    cookies._turn_attributes.cache_clear()  # some tests have other settings
    yield Inside()
    cookies._turn_attributes.cache_clear()


def post(gate, path="/admin/login/", body=FORM, number=0, content_type="application/x-www-form-urlencoded", **more):
    """(status, headers, text) of a POST from another network for each `number`."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "status.example.test",
        "SERVER_PORT": "80",
        "HTTP_HOST": "status.example.test",
        "REMOTE_ADDR": f"10.{number // 250}.{number % 250}.1",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
    } | more
    start = []
    text = b"".join(gate(environ, lambda *given: start.extend(given))).decode()
    return start[0], dict(start[1]), text


def flooded(gate, **more):
    for number in range(200):
        answer = post(gate, number=number, **more)
    return answer


def test_a_flood_of_tries_is_refused_before_it_takes_a_place(inside):
    status, headers, text = flooded(Gate(inside, spare=1))
    assert inside.came == brake.HOUSE.at_once
    assert status == "429 Too Many Requests"
    assert headers["Retry-After"] == "2"
    assert "Please wait 2 seconds" in text


def test_one_network_is_refused_before_it_uses_up_what_is_for_all(inside):
    gate = Gate(inside, spare=1)
    for _ in range(200):
        post(gate)
    assert inside.came == brake.NETWORK.at_once
    post(gate, number=1)
    assert inside.came == brake.NETWORK.at_once + 1


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "application/json", "", "text/\udcff"])
@pytest.mark.parametrize("length", ["", "0", "-1", "x", "9" * 300, "\u0669"])
def test_a_flood_of_anything_else_is_refused_the_same(inside, content_type, length):
    status, _, _ = flooded(Gate(inside, spare=1), content_type=content_type, CONTENT_LENGTH=length)
    assert status == "429 Too Many Requests"
    assert inside.came == brake.HOUSE.at_once


def test_what_was_typed_is_shown_again_but_not_the_password(inside):
    _, _, text = flooded(Gate(inside, spare=1))
    assert 'value="lead"' in text
    assert 'value="/admin/console/"' in text
    assert "s3cret" not in text


def test_bodies_that_come_slowly_hold_no_more_threads_than_are_spare(inside):
    gate = Gate(inside, spare=1)
    flooded(gate)
    is_read, may_end = threading.Event(), threading.Event()

    class Slow(BytesIO):
        def read(self, *size):
            is_read.set()
            may_end.wait()
            return super().read(*size)

    thread = threading.Thread(target=post, args=(gate,), kwargs={"wsgi.input": Slow(FORM)})
    thread.start()
    try:
        assert is_read.wait(20)
        status, _, text = post(gate, number=1, **{"wsgi.input": Slow(FORM)})  # would hang, were it read
        assert status == "429 Too Many Requests"
        assert 'value="lead"' not in text
    finally:
        may_end.set()
        thread.join()


def test_with_two_threads_nothing_is_read(inside):
    _, _, text = flooded(Gate(inside, spare=0))
    assert 'value="lead"' not in text


@pytest.mark.parametrize("path", ["/", "/subscribe/", "/admin/login", "/admin/login/x"])
def test_nothing_but_the_log_in_is_looked_at(inside, path):
    flooded(Gate(inside, spare=1), path=path)
    assert inside.came == 200


def test_its_answers_have_the_headers_of_all_others(inside, settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    gate = Gate(inside, spare=1)
    flooded(gate)
    status, headers, cookies = through(gate, "/admin/login/", method="POST")
    assert status == 429
    assert faults(headers, cookies) == []


def test_the_form_it_shows_goes_where_it_came_from_with_the_browsers_own_token(inside):
    gate = Gate(inside, spare=1)
    token = "t" * 32
    flooded(gate)
    _, _, text = post(gate, QUERY_STRING='next=/admin/"><b>', HTTP_COOKIE=f"csrftoken={token}; x=1")
    assert 'action="/admin/login/?next=/admin/%22%3E%3Cb%3E"' in text
    assert f'name="csrfmiddlewaretoken" value="{token}"' in text
    _, _, text = post(gate, HTTP_COOKIE='csrftoken="><script>')
    assert "<script>" not in text
    assert "[[" not in text


def test_a_line_that_breaks_while_it_is_read_is_answered_all_the_same(inside):
    class Broken(BytesIO):
        def read(self, *size):
            raise OSError

    gate = Gate(inside, spare=1)
    flooded(gate)
    for _ in range(3):
        assert post(gate, **{"wsgi.input": Broken()})[0] == "429 Too Many Requests"
    assert 'value="lead"' in post(gate)[2]


def test_its_turn_is_the_same_cookie_as_that_of_the_page(inside, settings):
    gate = Gate(inside, spare=1)
    _, headers, _ = flooded(gate)
    response = HttpResponse()
    cookies.give_turn(response, "10.0.199.0/24", 0)
    attributes = str(response.cookies["login-turn"].OutputString()).partition("; ")[2]
    assert headers["Set-Cookie"].partition("; ")[2] == attributes
    assert "HttpOnly" in attributes
