"""settings.py in a process of its own: it is read once, before anything else. Most are forks of one."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from statuspage.mail_providers import PROVIDERS
from tests.forked_scripts import ForkedScripts
from tests.pytest_plugin import names_of_settings

from .read_settings import defaults

CHECKOUT = Path(__file__).resolve().parents[2]
LONG_KEY = "a-key-for-one-test-of-fifty-characters-or-more-0123456789"


forked = ForkedScripts()


@pytest.fixture(scope="module", autouse=True)
def _forked():
    with forked:
        yield


def read_settings(names: str, **environment) -> dict:
    """The settings named in `names` as a fresh process sees them, given nothing but `environment`."""
    script = f"import json, statuspage.settings as s; print(json.dumps({{n: getattr(s, n) for n in {names.split()}}}))"
    return json.loads(run(script, **environment).stdout)


def run(script: str, way=forked.run, **environment) -> subprocess.CompletedProcess:
    with tempfile.TemporaryDirectory() as empty:
        return way(script, {"PATH": os.environ["PATH"], "DATA_DIR": f"{empty}/data"} | environment)


def in_a_fresh_process(script: str, environment: dict[str, str]) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True)


def refusal(**environment) -> str:
    done = run("import statuspage.settings", **environment)
    assert done.returncode == 1
    return done.stderr


EVERYTHING = "import statuspage.settings as s; print({n: v for n, v in vars(s).items() if n.isupper()})"


@pytest.mark.parametrize(
    ("script", "environment"),
    [
        (EVERYTHING, {"SECRET_KEY": LONG_KEY, "SITE_URL": "https://st\xf6rung.example", "DATA_DIR": "/tmp"}),
        (EVERYTHING, {"SITE_URL": "https://st\xf6rung.example"}),
        (EVERYTHING, {"SECRET_KEY": LONG_KEY, "SITE_URL": "https://\u2603.example"}),
        ("print(1); raise ValueError", {}),
    ],
)
def test_a_fork_says_and_ends_what_a_fresh_process_does(script, environment):
    fresh, fork = (run(script, way, **environment) for way in (in_a_fresh_process, forked.run))
    assert (fork.returncode, fork.stdout) == (fresh.returncode, fresh.stdout)
    assert fork.stderr.splitlines()[-1:] == fresh.stderr.splitlines()[-1:]


def test_no_fork_finds_settings_that_were_read_before_it():
    assert run("import sys; print('statuspage.settings' in sys.modules)").stdout == "False\n"


def test_the_example_file_lists_every_setting_and_no_other():
    assert sorted(names_of_settings()) == sorted(defaults())


def test_a_secret_may_come_from_a_file_and_its_line_end_is_no_part_of_it(tmp_path):
    for name, value in {"SECRET_KEY": LONG_KEY, "DATABASE_URL": "postgres://u:p@db:5432/name"}.items():
        (tmp_path / name).write_text(value + "\n")
    settings = read_settings(
        "SECRET_KEY DATABASES",
        SECRET_KEY_FILE=str(tmp_path / "SECRET_KEY"),
        DATABASE_URL_FILE=str(tmp_path / "DATABASE_URL"),
    )
    assert settings["SECRET_KEY"] == LONG_KEY
    assert settings["DATABASES"]["default"]["NAME"] == "name"


def test_a_secret_key_may_begin_with_a_dollar():
    assert read_settings("SECRET_KEY", SECRET_KEY="$" + LONG_KEY)["SECRET_KEY"] == "$" + LONG_KEY


def test_a_name_that_is_given_empty_counts_as_not_given():
    assert read_settings("SITE_URL", SECRET_KEY=LONG_KEY, SITE_URL="", PORT="")["SITE_URL"] == "http://localhost:8000"


def test_the_key_that_the_launcher_keeps_serves_every_command(tmp_path):
    (tmp_path / "secret-key").write_text(LONG_KEY)
    assert read_settings("SECRET_KEY", DATA_DIR=str(tmp_path))["SECRET_KEY"] == LONG_KEY


def test_at_a_prompt_the_env_file_beside_manage_py_is_read_and_the_environment_comes_first(tmp_path):
    (tmp_path / "manage.py").write_text((CHECKOUT / "manage.py").read_text())
    (tmp_path / ".env").write_text(f"SECRET_KEY={LONG_KEY}\nLOG_LEVEL=ERROR\nPORT=1234\nDATA_DIR={tmp_path}/data\n")
    ask = "from django.conf import settings as s; print(s.SECRET_KEY, s.LOGGING['root']['level'], s.SITE_URL)"
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), "PORT": "4321"}
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", ask]
    done = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, text=True)
    assert done.stdout.split() == [LONG_KEY, "ERROR", "http://localhost:4321"], done.stderr


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "SECRET_KEY is not set"),
        ({"SECRET_KEY_FILE": "/nowhere/key"}, "SECRET_KEY_FILE=/nowhere/key cannot be read"),
        ({"SITE_URL": "status.example.com"}, "SITE_URL=status.example.com is not the address of a site"),
        ({"SITE_URL": "https://example.com/status"}, "is not the address of a site"),
        ({"SITE_URL": "https://example.com?x"}, "is not the address of a site"),
        ({"SITE_URL": "https://me:hidden@"}, "is not the address of a site"),
        ({"SITE_URL": "https://example.com:99999"}, "is not the address of a site"),
        ({"SITE_URL": "https://status_page.example"}, "is not the address of a site"),
        ({"SITE_URL": "https://\u2603.example"}, "is not the address of a site"),
        ({"SITE_URL": "https://[::1%eth0]"}, "is not the address of a site"),
        ({"ALLOWED_HOSTS": "a.example,https://b.example"}, "https://b.example is not the name of a host"),
        ({"ALLOWED_HOSTS": "a.example:8000"}, "a.example:8000 is not the name of a host"),
        ({"MAIL_FROM": "nobody"}, "MAIL_FROM=nobody is not an address for mail"),
        ({"MAIL_FROM": "st\xf6rung@example.com"}, "is not an address for mail"),
        ({"BOUNCE_ADDRESS": "b@a..b"}, "BOUNCE_ADDRESS=b@a..b is not an address for mail"),
        ({"HSTS": "preload"}, "HSTS is not understood"),
        ({"HSTS": "subdomains"}, "HSTS is not understood"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is not understood"),
        ({"DATABASE_URL": "mysql://u:hidden@h/n"}, "DATABASE_URL is not understood"),
        ({"EMAIL_URL": "pigeon://u:hidden@h"}, "EMAIL_URL is not understood"),
        ({"EMAIL_URL": "postmark://@"}, "EMAIL_URL is not understood"),
        ({"EMAIL_URL": "mailgun://hidden@"}, "EMAIL_URL is not understood"),
        ({"EMAIL_URL": "postmark://hidden@?colour=red"}, "EMAIL_URL is not understood"),
        ({"PORT": "eight"}, "PORT=eight is not understood"),
        ({"EMAIL_CONNECTIONS": "0"}, "EMAIL_CONNECTIONS=0 is not a number of 1 or more"),
        ({"EMAIL_MESSAGES_PER_CONNECTION": "-5"}, "is not a number of 1 or more"),
        ({"EMAIL_PER_DOMAIN": "-1"}, "EMAIL_PER_DOMAIN=-1 is not a number of 0 or more"),
        ({"EMAIL_RATE": "-0.5"}, "EMAIL_RATE=-0.5 is not a number of 0 or more"),
        ({"SMS_RATE": "nan"}, "SMS_RATE=nan is not a number of 0 or more"),
        ({"SMS_REQUESTS": "many"}, "SMS_REQUESTS=many is not understood"),
        ({"DELIVERY_RETENTION_DAYS": "-1"}, "is not a number of 0 or more"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL=LOUD is not one of"),
    ],
)
def test_a_bad_value_is_named_in_one_line_without_giving_secrets_away(environment, says):
    key = {} if "SECRET_KEY_FILE" in environment or not environment else {"SECRET_KEY": LONG_KEY}
    line = refusal(**key, **environment)
    assert says in line
    assert line.count("\n") == 1
    assert "hidden" not in line


def test_by_default_it_is_safe_and_local():
    settings = read_settings("DEBUG ALLOWED_HOSTS SITE_URL SESSION_COOKIE_SECURE EMAIL_URL", SECRET_KEY=LONG_KEY)
    assert settings == {
        "DEBUG": False,
        "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"],
        "SITE_URL": "http://localhost:8000",
        "SESSION_COOKIE_SECURE": False,
        "EMAIL_URL": "outbox:",
    }


def test_https_answers_to_its_own_name_only_and_switches_protection_on():
    settings = read_settings(
        "ALLOWED_HOSTS SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS",
        SECRET_KEY=LONG_KEY,
        SITE_URL="https://status.example.com/",
    )
    assert settings == {
        "ALLOWED_HOSTS": ["status.example.com"],
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
    }


@pytest.mark.parametrize(
    ("said", "heard"),
    [("", [False, False]), ("includeSubDomains", [True, False]), ("includeSubDomains, preload", [True] * 2)],
)
def test_https_speaks_for_other_hosts_only_where_it_was_asked_to(said, heard):
    names = "SECURE_HSTS_INCLUDE_SUBDOMAINS SECURE_HSTS_PRELOAD"
    settings = read_settings(names, SECRET_KEY=LONG_KEY, SITE_URL="https://status.example.com", HSTS=said)
    assert list(settings.values()) == heard
    assert not any(read_settings(names, SECRET_KEY=LONG_KEY, HSTS=said).values()), "over plain HTTP"


@pytest.mark.parametrize(
    "key",
    [
        "x",
        "changeme",
        "short-of-fifty-characters-0123456789-abcdefghijkl",
        "x" * 64,
        "abababababababababababababababababababababababababababab",
        "abcdefghijklmnop" * 4,
        "django-insecure-0123456789abcdefghijklmnopqrstuvwxyz-0123456789",
    ],
)
def test_a_key_that_can_be_guessed_is_refused_and_how_to_make_one_is_said(key, tmp_path):
    (tmp_path / "secret-key").write_text(key)
    for given in ({"SECRET_KEY": key}, {"DATA_DIR": str(tmp_path)}):
        line = refusal(**given)
        assert "too easy to guess" in line
        assert "secrets.token_urlsafe(48)" in line
        assert line.count("\n") == 1
        assert key not in line or len(key) == 1


def test_what_the_words_say_makes_a_key_that_is_taken():
    (made,) = re.findall(r"python3 (-c) '([^']+)'", refusal())
    key = subprocess.check_output([sys.executable, *made], text=True).strip()
    assert read_settings("SECRET_KEY", SECRET_KEY=key)["SECRET_KEY"] == key


@pytest.mark.parametrize(
    ("given", "url", "host", "sender"),
    [
        ("https://st\xf6rung.example", "https://xn--strung-xxa.example", "xn--strung-xxa.example", None),
        ("https://stra\xdfe.example/", "https://xn--strae-oqa.example", "xn--strae-oqa.example", None),
        ("https://Status.Example.COM.", "https://status.example.com", "status.example.com", None),
        ("https://status.example.com:443", "https://status.example.com", "status.example.com", None),
        ("http://status.example.com:80", "http://status.example.com", "status.example.com", None),
        ("https://status.example.com:8443", "https://status.example.com:8443", "status.example.com", None),
        ("http://[2001:DB8:0::1]:8000", "http://[2001:db8::1]:8000", "[2001:db8::1]", "status@[IPv6:2001:db8::1]"),
    ],
)
def test_the_name_of_the_site_is_everywhere_as_it_travels(given, url, host, sender):
    settings = read_settings(
        "SITE_URL ALLOWED_HOSTS CSRF_TRUSTED_ORIGINS DEFAULT_FROM_EMAIL", SECRET_KEY=LONG_KEY, SITE_URL=given
    )
    assert settings == {
        "SITE_URL": url,
        "ALLOWED_HOSTS": [host],
        "CSRF_TRUSTED_ORIGINS": [url],
        "DEFAULT_FROM_EMAIL": sender or f"status@{host}",
    }


def test_so_are_further_names_and_the_addresses_of_mail():
    settings = read_settings(
        "ALLOWED_HOSTS DEFAULT_FROM_EMAIL BOUNCE_ADDRESS",
        SECRET_KEY=LONG_KEY,
        SITE_URL="https://status.example.com",
        ALLOWED_HOSTS="St\xf6rung.example,.Wild.example,[2001:DB8::1],*",
        MAIL_FROM="St\xf6rung <status@st\xf6rung.example>",
        BOUNCE_ADDRESS="bounces@st\xf6rung.example",
    )
    assert settings == {
        "ALLOWED_HOSTS": ["status.example.com", "xn--strung-xxa.example", ".wild.example", "[2001:db8::1]", "*"],
        "DEFAULT_FROM_EMAIL": "St\xf6rung <status@xn--strung-xxa.example>",
        "BOUNCE_ADDRESS": "bounces@xn--strung-xxa.example",
    }


def test_the_directory_of_the_default_database_is_made_for_its_owner_alone(tmp_path):
    data = tmp_path / "new" / "data"
    assert run("import statuspage.settings", SECRET_KEY=LONG_KEY, DATA_DIR=str(data)).returncode == 0
    assert data.stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").touch()
    assert "Give another DATA_DIR" in refusal(SECRET_KEY=LONG_KEY, DATA_DIR=str(tmp_path / "file" / "data"))


def test_both_databases_are_tuned_and_take_further_options_from_the_url():
    sqlite = read_settings("DATABASES", SECRET_KEY=LONG_KEY, DATABASE_URL="sqlite:////data/page.sqlite3")
    options = sqlite["DATABASES"]["default"]["OPTIONS"]
    assert (options["transaction_mode"], options["timeout"]) == ("IMMEDIATE", 20)
    assert "journal_mode=WAL" in options["init_command"]
    postgres = read_settings("DATABASES", SECRET_KEY=LONG_KEY, DATABASE_URL="postgres://u:p@h/n?sslmode=require")
    database = postgres["DATABASES"]["default"]
    assert (database["OPTIONS"]["sslmode"], database["OPTIONS"]["connect_timeout"]) == ("require", 3)
    assert database["CONN_HEALTH_CHECKS"]


def test_mail_goes_to_the_server_of_the_url():
    settings = read_settings(
        "EMAIL_HOST EMAIL_PORT EMAIL_USE_TLS EMAIL_HOST_PASSWORD",
        SECRET_KEY=LONG_KEY,
        EMAIL_URL="smtp+tls://user:p%40ss@mail.example.com:587",
    )
    assert settings == {
        "EMAIL_HOST": "mail.example.com",
        "EMAIL_PORT": 587,
        "EMAIL_USE_TLS": True,
        "EMAIL_HOST_PASSWORD": "p@ss",
    }


def test_mail_goes_through_the_provider_of_the_url():
    names = "EMAIL_BACKEND ANYMAIL"
    settings = read_settings(
        names,
        SECRET_KEY=LONG_KEY,
        EMAIL_URL="mailgun://k%40y@mg.example.com?api_url=https://api.eu.mailgun.net/v3",
        ANYMAIL_WEBHOOK_SECRET="user:pass",
    )
    assert settings["EMAIL_BACKEND"] == "anymail.backends.mailgun.EmailBackend"
    assert settings["ANYMAIL"] == {
        "MAILGUN_API_KEY": "k@y",
        "MAILGUN_SENDER_DOMAIN": "mg.example.com",
        "MAILGUN_API_URL": "https://api.eu.mailgun.net/v3",
        "WEBHOOK_SECRET": "user:pass",
        "REQUESTS_TIMEOUT": [5, 30],
        "IGNORE_RECIPIENT_STATUS": True,
    }


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_of_the_table_is_one_that_anymail_has(name):
    url = f"{name}://key@example.com" if PROVIDERS[name].domain else f"{name}://key@"
    script = """
import django
django.setup()
from django.conf import settings
from django.core.mail import get_connection
from subscribers.receipts.mail import _view
get_connection()
_view(settings.EMAIL_BACKEND.split(".")[2])
"""
    environment = {"SECRET_KEY": LONG_KEY, "EMAIL_URL": url, "ANYMAIL_WEBHOOK_SECRET": "user:pass"}
    done = run(script, DJANGO_SETTINGS_MODULE="statuspage.settings", **environment)
    assert done.returncode == 0, done.stderr
