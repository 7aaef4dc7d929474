"""Trials of the servers behind the program: all of them killed; Redis gone, frozen, emptied, cut off."""

import signal
import threading
import time

import redis
from django.contrib.auth.models import Group

from incidents.models import Announcement
from statuspage.accounts.roles import LEAD
from subscribers import links
from subscribers.models import Confirmation, Subscriber
from tests.chaos.delivery_stage import AT_ONCE, Stage, asked, publish, rings_to, states, until
from tests.chaos.delivery_verdict import Result, account
from tests.factories import a_component, a_user
from tests.journeys.browsing import Visitor
from tests.processes import Stack

PASSWORD = "for-this-trial-only"


def everything_killed(stage: Stage) -> Result:
    """C02: web, worker, beat, Redis and PostgreSQL at once, at 30 % and at 70 %; all started again. In short once."""
    shares = (0.5,) if stage.is_short else (0.3, 0.7)
    with stage.stack() as stack, stage.schedule(stack), stage.web(stack) as web:
        worker = stack.worker()
        announcement = publish()
        for share in shares:
            stage.wait_for(stack, int(stage.readers * share))
            parts = [process for process in stack.processes if process.process.poll() is None]
            for victim in [*parts, web, stack.redis]:
                victim.kill()
            stage.postgres.kill(signal.SIGQUIT)
            for server in (stage.postgres, stack.redis, web, *parts):
                server.start()
        assert worker.process.poll() is None
        stage.settle(stack, announcement)
        status, _, text = web.get()
        is_good = status == 200 and announcement.title in text
        return account(stack, announcement).result(len(shares) * AT_ONCE, f"page {status}", is_good=is_good)


def flushed(stage: Stage) -> Result:
    """C03: FLUSHALL, three times at random."""
    with stage.stack() as stack, stage.schedule(stack):
        stack.worker()
        announcement = publish()
        for moment in stage.moments(3, 0.05, 0.8):
            stage.wait_for(stack, moment)
            with redis.Redis.from_url(stack.redis.url) as client:
                client.flushall()
        stage.settle(stack, announcement)
        return account(stack, announcement).result(0)


def without_redis(stage: Stage) -> Result:
    """C04: Redis is never there: log in, publish, fan-out by `dispatch`, subscribe, confirm, unsubscribe."""
    with stage.stack(phones=False) as stack:
        stack.redis.kill()
        with stage.web(stack) as web:
            lead = Visitor(web.address).log_in(a_lead(), PASSWORD)
            if not stage.is_short:
                stack.dispatch()
            publishing = publish_by(lead, "Card payments fail").seconds
            announcement = Announcement.objects.get()
            page = until(lambda: announcement.title in web.get()[2])
            answers = [lead.status, *come_and_go(web.address)]
            if stage.is_short:
                stack.manage("dispatch", "--once")
            stage.settle(stack, announcement)
            bad = sum(status >= 500 for status in answers)
            figures = (f"publish {publishing:.2f} s, page {page:.2f} s, {bad} bad answers",)
            in_time = stage.within(publishing, 1) and stage.within(page, 2)
            is_good = in_time and not bad and web.log().count("Traceback") == 0
            return account(stack, announcement).result(0, *figures, is_good=is_good)


def a_lead() -> str:
    user = a_user(f"lead{time.monotonic_ns()}", password=PASSWORD)
    user.groups.add(Group.objects.get(name=LEAD))
    return user.username


def publish_by(lead: Visitor, title: str) -> Visitor:
    """As she does, through the form; on a component of its own."""
    state = {f"component-{a_component().public_id}": "partial_outage"}
    words = {"title": title, "severity": "P1", "body": "Some card payments fail.", **state}
    return lead.submit("/admin/console/incidents/new/?template=none", **words)


def come_and_go(site: str) -> list[int]:
    """Subscribe, confirm and unsubscribe; the statuses of the answers."""
    visitor = Visitor(site)
    address = f"new{time.monotonic_ns()}@example.test"
    answers = [visitor.submit("/subscribe/", email=address, channel="email", scope="everything").status]
    asked_for = Confirmation.objects.get(subscriber__address=address)
    answers.append(visitor.submit(f"/subscription/{links.confirmation_token(asked_for)}/confirm/").status)
    subscriber = Subscriber.objects.get(address=address)
    assert subscriber.is_active
    answers.append(visitor.submit(f"/subscription/{links.subscription_token(subscriber)}/unsubscribe/").status)
    assert not Subscriber.objects.get(address=address).is_active
    return answers


def redis_frozen(stage: Stage) -> Result:
    """C05: Redis is stopped for half a minute while people publish and subscribe."""
    frozen = 5 if stage.is_short else 30
    with stage.stack(phones=False, most=1000) as stack, stage.schedule(stack), stage.web(stack) as web:
        stack.worker()
        site = web.address
        lead = Visitor(site).log_in(a_lead(), PASSWORD)
        for number in range(4):  # each process has loaded what it needs
            publish_by(lead, f"Before {number}")
            come_and_go(site)
        took, number = [], 4
        stack.redis.kill(signal.SIGSTOP)
        ends_at = time.monotonic() + frozen
        crowd = [threading.Thread(target=sign_up, args=[site, ends_at, took]) for _ in range(2)]
        for thread in crowd:
            thread.start()
        while time.monotonic() < ends_at:
            number += 1
            publish_by(lead, f"Round {number}")
            took.append(lead.seconds)
            time.sleep(0.5)
        for thread in crowd:
            thread.join()
        stack.redis.kill(signal.SIGCONT)
        announcements = list(Announcement.objects.all())
        stage.settle(stack, *announcements)
        took.sort()
        p99 = took[len(took) * 99 // 100 - 1]
        wrong = [line for announcement in announcements for line in account(stack, announcement).wrong]
        figure = f"{len(took)} posts, p99 {p99:.2f} s, longest {took[-1]:.2f} s, {states(*announcements)}"
        in_time = stage.within(p99, 1) and stage.within(took[-1], 2)
        return Result(figure, len(announcements) == number and in_time and not wrong)


def sign_up(site: str, ends_at: float, took: list[float]) -> None:
    while time.monotonic() < ends_at:
        visitor = Visitor(site)
        address = f"new{time.monotonic_ns()}@example.test"
        assert visitor.submit("/subscribe/", email=address, channel="email", scope="everything").status == 200
        took.append(visitor.seconds)
        time.sleep(0.2)


def connections_reset(stage: Stage) -> Result:
    """C06: every connection to Redis is reset 20 times and Redis is started again 5 times, within a minute."""
    resets, restarts, minute = (4, 1, 6) if stage.is_short else (20, 5, 60)
    with stage.stack(phones=False) as stack, stage.proxy(stack.redis.port) as proxy:
        stack.settings["REDIS_URL"] = f"redis://127.0.0.1:{proxy.port}/0"
        rings_to(stack.settings["REDIS_URL"])
        with stage.schedule(stack):
            worker = stack.worker()
            announcement = publish()
            acts = [lambda: reset(proxy)] * resets + [lambda: restart(stack)] * restarts
            stage.choice.shuffle(acts)
            began = time.monotonic()
            for number, act in enumerate(acts):
                time.sleep(max(began + minute * (number + stage.choice.random()) / len(acts) - time.monotonic(), 0))
                act()
            later = publish()
            resumed = until(lambda: asked(lambda: later.deliveries.filter(state="sent").exists()), 60)
            stage.settle(stack, announcement, later)
            assert worker.process.poll() is None
            wrong = account(stack, announcement).wrong + account(stack, later).wrong
            figure = f"{resets} resets, {restarts} restarts, work resumed after {resumed:.1f} s, "
            return Result(f"{figure}{states(announcement, later)}", stage.within(resumed, 30) and not wrong)


def reset(proxy) -> None:
    proxy.reset()
    time.sleep(0.2)
    proxy.heal()


def restart(stack: Stack) -> None:
    stack.redis.kill()
    stack.redis.start()
