from datetime import timedelta

from subscribers.channels import Failed, Sent
from subscribers.delivery.rows import ClaimedDelivery, Recipient
from subscribers.delivery.throttle import MOST_DOMAINS, PUT_OFF, REST, Throttle, forget, of
from subscribers.enums import Channel


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def row(pk, domain="example.test") -> ClaimedDelivery:
    to = Recipient(pk, f"reader{pk}@{domain}", 1, True)
    return ClaimedDelivery(pk, "t", "email", 1, None, 1, 1, False, False, to)


def a_flow(rate=0.0, per_domain=0):
    clock = Clock()
    return Throttle(rate, per_domain, clock), clock


def pks(rows):
    return [one.pk for one in rows]


def test_each_channel_has_the_limits_of_its_settings(settings):
    settings.EMAIL_RATE, settings.EMAIL_PER_DOMAIN, settings.SMS_RATE = 3.5, 4, 0.5
    forget()
    mail, sms = of(Channel.EMAIL), of(Channel.SMS)
    assert (mail.rate, mail.per_domain) == (3.5, 4)
    assert (sms.rate, sms.per_domain) == (0.5, 0)
    assert of(Channel.SMS) is sms  # what it has saved up, and who rests, outlives a run


def test_without_limits_all_go_that_have_room():
    flow, _ = a_flow()
    go, wait, rest = flow.sort([row(pk) for pk in range(10)], 7)
    assert (pks(go), pks(wait), rest) == ([0, 1, 2, 3, 4, 5, 6], [7, 8, 9], [])


def test_a_rate_is_kept_and_a_second_of_it_saved_up():
    flow, clock = a_flow(rate=5)
    rows = [row(pk) for pk in range(100)]
    clock.now = 60
    sent = []
    for _ in range(10):
        go, rows, _ = flow.sort(rows, 1000)
        sent.append(len(go))
        clock.now += 1
    assert sent == [5] * 10


def test_a_slow_rate_still_moves():
    flow, clock = a_flow(rate=0.5)
    sent = 0
    for _ in range(20):
        sent += len(flow.sort([row(1)], 10)[0])
        clock.now += 1
    assert 10 <= sent <= 11


def test_one_domain_takes_no_more_than_its_share():
    flow, _ = a_flow(per_domain=2)
    go, wait, _ = flow.sort([row(1), row(2), row(3), row(4, "other.test")], 10)
    assert (pks(go), pks(wait)) == ([1, 2, 4], [3])
    flow.ended(go[0], Sent(1))
    assert pks(flow.sort(wait, 10)[0]) == [3]


def test_what_is_withdrawn_takes_no_place():
    flow, _ = a_flow(rate=1, per_domain=1)
    (taken,), _, _ = flow.sort([row(1)], 10)
    flow.back(taken)
    assert pks(flow.sort([row(2)], 10)[0]) == [2]


def test_a_domain_that_puts_all_off_rests_and_the_others_go_on():
    flow, clock = a_flow()
    for pk in range(PUT_OFF):
        flow.ended(row(pk), Failed(pk, "421 Too many"))
    go, _, rest = flow.sort([row(100), row(101, "other.test")], 10)
    assert (pks(go), pks(rest)) == ([101], [100])
    clock.now += (REST + timedelta(seconds=1)).total_seconds()
    assert pks(flow.sort([row(100)], 10)[0]) == [100]


def test_a_mail_that_gets_through_ends_the_count():
    flow, _ = a_flow()
    for pk in range(PUT_OFF - 1):
        flow.ended(row(pk), Failed(pk, "450 4.7.28 Rate limit"))
    flow.ended(row(50), Sent(50))
    flow.ended(row(51), Failed(51, "450 4.7.28 Rate limit"))
    assert flow.sort([row(100)], 10)[2] == []


def test_whoever_greylists_sees_every_address_once():
    flow, _ = a_flow()
    for pk in range(100):
        flow.ended(row(pk), Failed(pk, "451 4.7.1 Greylisted, come back in five minutes"))
    assert pks(flow.sort([row(100)], 10)[0]) == [100]


def test_what_is_known_of_domains_does_not_grow_for_ever():
    flow, clock = a_flow(per_domain=1)
    for number in range(3 * MOST_DOMAINS):
        (one,), _, _ = flow.sort([row(number, f"d{number}.test")], 10)
        flow.ended(one, Failed(number, "421 Too many"))
        (one,), _, _ = flow.sort([row(number, f"e{number}.test")], 10)
        flow.back(one)
    for number in range(30):
        for pk in range(PUT_OFF):
            flow.ended(row(pk, f"tired{number}.test"), Failed(pk, "421 Too many"))
        clock.now += REST.total_seconds()
    known = (flow._in_flight, flow._put_off, flow._rests_until)
    assert not known[0]
    assert len(known[1]) <= MOST_DOMAINS
    assert len(known[2]) == 1
