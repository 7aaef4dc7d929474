import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from subscribers.channels.outbox import files
from tests.factories import a_message, a_user
from tests.transports import carry

pytestmark = pytest.mark.django_db
HTML = "<!doctype html><html><head><title>x</title></head><body style='color:red'><p>Payments fail.</p></body></html>"


@pytest.fixture(autouse=True)
def _outbox(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.EMAIL_BACKEND = "subscribers.channels.outbox.files.EmailBackend"
    settings.EMAIL_URL = settings.SMS_URL = "outbox:"


@pytest.fixture
def staff(client):
    reader = a_user()
    reader.user_permissions.add(Permission.objects.get(codename="read_outbox"))
    client.force_login(reader)
    return client


def a_mail(number=1) -> str:
    headers = {"From": "status@example.test", "Message-ID": f"<{number}@example.test>"}
    message = a_message(number, f"reader{number}@example.test", "Payments fail.", f"Mail {number}", HTML, headers)
    list(carry("email", [message]))
    return files.names()[0]


def an_sms() -> str:
    list(carry("sms", [a_message(1, "+491511234567", "Payments <b>fail</b>. http://status.example.test/x")]))
    return files.names()[0]


def address(view, *args):
    return reverse(f"subscribers:{view}", args=args)


def test_the_newest_message_is_first(staff):
    a_mail(1)
    a_mail(2)
    an_sms()
    page = staff.get(address("outbox")).text
    assert page.index("+491511234567") < page.index("Mail 2") < page.index("Mail 1")
    assert "3 messages" in page


def test_an_empty_outbox_says_how_to_fill_it(staff):
    assert "Nothing has gone out yet" in staff.get(address("outbox")).text


def test_many_messages_come_in_pages(staff):
    for number in range(51):
        a_mail(number)
    first, second = (staff.get(address("outbox"), {"page": page}).text for page in ("1", "2"))
    assert ("Mail 0<" in first, "Mail 0<" in second) == (False, True)
    assert "Page 1 of 2" in first


def test_a_mail_is_shown_in_a_frame_that_runs_nothing(staff):
    name = a_mail()
    page = staff.get(address("outbox-message", name)).text
    assert address("outbox-message-html", name) in page
    assert "Payments fail." in page
    frame = staff.get(address("outbox-message-html", name))
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert "<p>Payments fail.</p>" in frame.text


def test_an_sms_is_shown_as_text_and_its_link_can_be_followed(staff):
    page = staff.get(address("outbox-message", an_sms())).text
    assert "Payments &lt;b&gt;fail&lt;/b&gt;." in page
    assert 'href="http://status.example.test/x"' in page


def test_an_sms_has_no_html(staff):
    assert staff.get(address("outbox-message-html", an_sms())).status_code == 404


@pytest.mark.parametrize("view", ["outbox-message", "outbox-message-html"])
def test_an_unknown_message_is_not_found(staff, view):
    assert staff.get(address(view, "1234567890123456789-abcdef01.eml")).status_code == 404


def test_nobody_else_reads_it(client):
    name = a_mail()
    for url in (address("outbox"), address("outbox-message", name), address("outbox-message-html", name)):
        assert client.get(url).status_code == 302
        assert "Payments" not in client.get(url).text


def test_without_an_outbox_there_is_no_such_page(staff, settings):
    name = a_mail()
    settings.EMAIL_URL, settings.SMS_URL = "smtp://localhost", "https://gateway.example/"
    assert staff.get(address("outbox")).status_code == 404
    assert staff.get(address("outbox-message", name)).status_code == 404


@pytest.mark.parametrize("view", ["outbox", "outbox-message", "outbox-message-html"])
def test_s35_the_outbox_is_closed_to_staff_without_its_permission(client, view):
    name = a_mail()
    client.force_login(a_user())
    answer = client.get(address(view, *([] if view == "outbox" else [name])))
    assert answer.status_code == 403
    assert "reader1" not in answer.text
