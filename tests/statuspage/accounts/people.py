"""Who comes to the log-in: people at their browsers, and attackers from everywhere."""

from datetime import timedelta

from django.test import Client

PASSWORD = "for-this-test-only"


class Person:
    """Somebody at a browser in a network."""

    def __init__(self, network="198.51.100"):
        self.client, self.network = Client(), network

    def tries(self, name="lead", password="wrong", *, network=None, **fields):
        headers = {"x-forwarded-for": f"{network or self.network}.7"}
        return self.client.post(
            "/admin/login/", {"username": name, "password": password, "next": "/admin/", **fields}, headers=headers
        )

    def logs_in(self, **more) -> bool:
        return self.tries(password=PASSWORD, **more).status_code == 302


def everywhere():
    """A network nobody came from before, each time."""
    return (f"10.{number // 250}.{number % 250}" for number in range(60_000))


def attack(name="lead", tries=40):
    """From a new network each time; the last answer."""
    networks = everywhere()
    return [Person(next(networks)).tries(name) for _ in range(tries)][-1]


def wait_as_told(clock, answer):
    assert answer.status_code == 429
    clock.shift(timedelta(seconds=int(answer["Retry-After"])))
