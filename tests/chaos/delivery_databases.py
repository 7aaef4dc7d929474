"""Trials of the database: killed under the workers, and cut off in the middle of a publish."""

import contextlib
import signal
import time

from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client

from incidents.audit_verbs import AuditVerb
from incidents.models import Announcement, AuditEvent, Incident, IncidentUpdate
from statuspage.accounts.roles import LEAD
from tests.chaos.cutting import Cutter
from tests.chaos.delivery_stage import AT_ONCE, Stage, publish
from tests.chaos.delivery_verdict import Result, account
from tests.factories import a_component, a_user
from tests.journeys.browsing import Form


def database_killed(stage: Stage) -> Result:
    """C07: PostgreSQL is killed three times; the workers stay."""
    with stage.stack() as stack, stage.schedule(stack):
        stack.worker()
        announcement = publish()
        for moment in stage.moments(3, 0.05, 0.8):
            stage.wait_for(stack, moment)
            stage.postgres.kill(signal.SIGQUIT)
            time.sleep(stage.choice.uniform(0, 1 if stage.is_short else 5))
            stage.postgres.start()
        stage.settle(stack, announcement)
        return account(stack, announcement).result(3 * AT_ONCE)


def database_dies_in_a_publish(stage: Stage) -> Result:
    """C08: the line is cut at each thing that a publish says to the database, before and after it arrives."""
    with stage.stack(), Cutter(stage.postgres.port) as cutter:
        stage.collect_static()
        client = Client(raise_request_exception=False, SERVER_NAME="status.example.test")
        lead = a_user("lead")
        lead.groups.add(Group.objects.get(name=LEAD))
        client.force_login(lead)
        broken, steps = [], 0
        while True:
            ended = [publish_over(stage, cutter, client, steps, arrives) for arrives in (False, True)]
            broken += [why for why, _ in ended if why]
            steps += 1
            if not any(is_cut for _, is_cut in ended) or steps > 200:
                break
        for line in broken[:10]:
            print(line)
        return Result(f"{steps} steps, each before and after, {len(broken)} broken", not broken and 10 < steps <= 200)


def publish_over(stage: Stage, cutter: Cutter, client: Client, after: int, arrives: bool) -> tuple[str, bool]:
    """What is wrong after a publish over a line that is cut, and whether it was."""
    url = "/admin/console/incidents/new/?template=none"
    words = {"title": f"Cut {after} {arrives}", "severity": "P1", "body": "Some card payments fail."}
    state = {f"component-{a_component().public_id}": "partial_outage"}
    form = Form(client.get(url).text, {"request_key", "body"}).values | words | state
    cutter.arm(after, lets_last_pass=arrives)
    with over(cutter.port):
        client.post(url, form)
    was_cut = cutter.is_cut
    whole = counts(words["title"])
    if whole not in ((0, 0, 0, 0), (1, 1, 1, 1)):
        return f"step {after}: {whole}", was_cut
    answer = client.post(url, form)
    if answer.status_code != 302 or counts(words["title"]) != (1, 1, 1, 1):
        return f"step {after}, repeated: {answer.status_code} {counts(words['title'])}", was_cut
    return "", was_cut


def counts(title: str) -> tuple[int, ...]:
    """How many of each thing that a publish writes are there."""
    incidents = Incident.objects.filter(title=title)
    return (
        incidents.count(),
        IncidentUpdate.objects.filter(incident__in=incidents).count(),
        Announcement.objects.filter(title=title).count(),
        AuditEvent.objects.filter(action=AuditVerb.PUBLISHED, subject_id__in=incidents.values("public_id")).count(),
    )


@contextlib.contextmanager
def over(port: int):
    """This process speaks to the database through there."""
    before = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = port
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["PORT"] = before
