import pytest

from statuspage.launcher import Refusal, workdir
from statuspage.lib.data_dir import KEPT_KEY


def test_two_launchers_do_not_share_a_data_directory(tmp_path):
    with workdir.lock(tmp_path), pytest.raises(Refusal, match="in use by another"):
        workdir.lock(tmp_path)
    workdir.lock(tmp_path).close()


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path):
    workdir.keep_secret_key(tmp_path)
    file = tmp_path / KEPT_KEY
    key = file.read_text()
    assert len(key) >= 50
    assert file.stat().st_mode & 0o777 == 0o600
    workdir.keep_secret_key(tmp_path)
    assert file.read_text() == key


def test_passwords_differ_and_can_be_typed():
    passwords = {workdir.new_password() for _ in range(100)}
    assert len(passwords) == 100
    assert not set("".join(passwords)) & set("il1o0")


@pytest.mark.parametrize("name", ["REDIS_URL", "REDIS_URL_FILE"])
def test_a_setting_is_given_by_name_or_by_file(monkeypatch, name):
    monkeypatch.delenv("REDIS_URL", raising=False)
    assert not workdir.given("REDIS_URL")
    monkeypatch.setenv(name, "x")
    assert workdir.given("REDIS_URL")
