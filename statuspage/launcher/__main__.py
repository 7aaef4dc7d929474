"""`make up`: everything on this machine, in one terminal, until Ctrl-C."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import environ

from . import Refusal, broker, services, workdir
from .processes import die_with_parent
from .supervisor import Supervisor

_SECONDS_TO_ANSWER = 60


def main() -> int:
    """Run until told to end. Returns the exit status."""
    started_at = time.monotonic()
    environ.Env.read_env(workdir.BASE_DIR / ".env")
    os.umask(0o077)
    try:
        port, data_dir = workdir.port(), workdir.data_dir()
        with workdir.lock(data_dir):
            _run(port, data_dir, started_at)
    except Refusal as refusal:
        print(f"make up: {refusal}", file=sys.stderr)
        return 1
    return 0


def _run(port: int, data_dir: Path, started_at: float) -> None:
    os.environ |= {"PORT": str(port), "DATA_DIR": str(data_dir)}
    os.chdir(workdir.BASE_DIR)
    workdir.keep_secret_key(data_dir)
    supervisor = Supervisor(logs=data_dir / "logs", say=_say)
    try:
        if facts := _bring_up(supervisor, port, data_dir):
            _say(_banner(facts, data_dir, time.monotonic() - started_at))
            supervisor.wait_for(lambda: False)
        _say("Stopping ...")
    finally:
        supervisor.stop()
    _say("Stopped.")


def _bring_up(supervisor: Supervisor, port: int, data_dir: Path) -> dict | None:
    """Start the parts in order; the facts to print once the page answers, None if asked to end before."""
    if not workdir.given("REDIS_URL"):
        broker.end_orphan(data_dir)
        supervisor.start(broker.part(data_dir))
    facts = _prepare(supervisor, data_dir / "logs" / "prepare.log")
    if not facts:
        return None
    if not workdir.given("REDIS_URL"):
        broker.wait_until_it_answers(data_dir)
    web = services.web(port, facts["web_threads"])
    for part in (services.dispatch(data_dir / "beat-schedule"), services.worker(), web):
        supervisor.start(part)
    if supervisor.wait_for(lambda: _page_answers(port, facts["site_url"]), _SECONDS_TO_ANSWER):
        return facts
    if supervisor.stop_requested:
        return None
    raise Refusal(f"The page does not answer after {_SECONDS_TO_ANSWER} s. Logs: {data_dir / 'logs'}")


def _prepare(supervisor: Supervisor, log_file: Path) -> dict | None:
    """Run statuspage.launcher.prepare; None if asked to end before it did. Raises Refusal with its last line."""
    with open(log_file, "ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "statuspage.launcher.prepare"],
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    with process:
        if not supervisor.wait_for(lambda: process.poll() is not None):
            process.kill()
            return None
        facts, _ = process.communicate()
    if process.returncode:
        reason = log_file.read_text(errors="replace").strip().splitlines()[-1:]
        raise Refusal(f"{''.join(reason) or 'It could not be prepared.'} Log: {log_file}")
    return json.loads(facts)


def _page_answers(port: int, site_url: str) -> bool:
    """Whether the page is there (over https: its redirect, for here is no certificate). Raises Refusal for an error."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/", headers={"Host": urlsplit(site_url).netloc})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    if status not in (200, 301):
        raise Refusal(f"The page answers with an error ({status}).")
    return True


def _banner(facts: dict, data_dir: Path, seconds: float) -> str:
    site = facts["site_url"]
    addresses = {"Page": "/", "Subscribe": "/subscribe/", "Console": "/admin/console/", "Admin": "/admin/"}
    if facts["has_outbox"]:
        addresses["Outbox"] = "/outbox/"
    lines = ["", f"The status page is up after {seconds:.0f} s.", ""]
    lines += [f"  {name:10} {site}{path}" for name, path in addresses.items()]
    if facts["log_ins"]:
        lines += ["", f"  Log in as {', '.join(facts['log_ins'])} with the password {facts['password']}"]
    if facts["setup_link"]:
        lines += ["", "  Nobody can log in yet. Set it up, within 24 hours, at", f"  {facts['setup_link']}"]
    return "\n".join([*lines, "", f"  Data and logs: {data_dir}. Ctrl-C stops everything.", ""])


def _say(line: str) -> None:
    """Write to the terminal, which may be gone already."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
