"""Ninety days of Larkfield, newest first: what happened and what was said."""

from typing import NamedTuple

from incidents.enums import ComponentStatus, Impact, IncidentStatus, MaintenanceStatus, Severity

INVESTIGATING, IDENTIFIED, MITIGATING, MONITORING, RESOLVED = IncidentStatus
SCHEDULED, IN_PROGRESS, VERIFYING, COMPLETED, _cancelled = MaintenanceStatus
_operational, MAINTENANCE, DEGRADED, PARTIAL, MAJOR = ComponentStatus
P1, P2, P3, P4 = Severity
MINOR = Impact.MINOR


class Past(NamedTuple):
    """A past incident. It began `days` ago at `clock` (UTC). `story`: minutes after that, status, words; the last one
    ends it.

    `down`: from which minute to which the components really had trouble, where that is not the whole of it.
    """

    days: int
    clock: str
    title: str
    severity: Severity
    components: dict[str, ComponentStatus]
    story: tuple[tuple[int, str, str], ...]
    impact: Impact | None = None  # else what the severity suggests
    down: tuple[int, int] | None = None


class Works(NamedTuple):
    """Planned work that is done: announced `notice` days before; `story` as above, from the beginning of the window."""

    days: int
    clock: str
    minutes: int
    title: str
    components: tuple[str, ...]
    notice: int
    announcement: str
    story: tuple[tuple[int, str, str], ...]


INCIDENTS = (
    Past(
        2,
        "09:12",
        "Order e-mails arrive late",
        P4,
        {"Order mail": DEGRADED},
        (
            (
                0,
                INVESTIGATING,
                "Order confirmations and shipping notices reach your shoppers up to 25 minutes late. None is lost, and "
                "orders themselves are not affected: each one is safe and visible under **Orders**.\n\n"
                "We are looking for the cause and write again by 09:45 UTC.",
            ),
            (
                19,
                MITIGATING,
                "One of our two mail relays stopped taking messages at 08:58 UTC. All mail now goes through the other. "
                "New e-mails leave within a minute; about 3,100 older ones are on their way, oldest first.\n\n"
                "We write again by 10:00 UTC.",
            ),
            (
                41,
                RESOLVED,
                "All e-mails that waited have been delivered, and new ones leave at once. The faulty relay stays out "
                "of service until we know why it stopped.",
            ),
        ),
        MINOR,
    ),
    Past(
        6,
        "16:40",
        "Search shows old stock and prices",
        P3,
        {"Search": DEGRADED},
        (
            (
                0,
                INVESTIGATING,
                "Search results in shops show stock and prices from before 15:50 UTC. Product pages, cart and checkout "
                "show the right ones, so nobody pays a wrong price.\n\n"
                "We are finding out why the search index stopped following. Next update by 17:10 UTC.",
            ),
            (
                24,
                IDENTIFIED,
                "The job that feeds the index is stuck on one damaged product file. We are setting that file aside and "
                "starting the job again.\n\nNext update by 17:45 UTC.",
            ),
            (
                51,
                MONITORING,
                "The index follows again and is about 20 minutes behind. We watch it until it has caught up, and write "
                "again by 18:15 UTC.",
            ),
            (
                74,
                RESOLVED,
                "Search shows today's stock and prices in all shops. A damaged file can no longer hold up the others: "
                "it is now set aside by itself, and we are told.",
            ),
        ),
    ),
    Past(
        11,
        "03:05",
        "Checkout is down in all shops",
        P1,
        {"Checkout": MAJOR, "REST API": PARTIAL},
        (
            (
                0,
                INVESTIGATING,
                "Nobody can complete a purchase at the moment: the last step of checkout ends with an error in every "
                "shop. The same is true of orders placed through the REST API. Shop pages, search and carts work, and "
                "carts keep what is in them.\n\n"
                "Everybody on call is working on it. We write again by 03:25 UTC.",
            ),
            (
                17,
                MITIGATING,
                "A change to the order database that we rolled out at 02:58 UTC keeps new orders from being saved. "
                "We are taking it back. Orders that were confirmed to the shopper are safe.\n\n"
                "Next update by 03:45 UTC.",
            ),
            (
                38,
                MONITORING,
                "Shoppers can buy again in all shops, since 03:38 UTC. We watch it closely, and we are checking every "
                "payment that was begun during the outage.\n\nNext update by 04:15 UTC.",
            ),
            (
                63,
                RESOLVED,
                "Checkout works in all shops. It was down from 03:00 to 03:38 UTC.\n\n"
                "We checked all 412 payments that were begun in that time: seven shoppers were charged without an "
                "order. Their money is on its way back, and we have written to the seven shops.\n\n"
                "Changes to this database are now tried on a full copy first. We are sorry for the sales you missed.",
            ),
        ),
        down=(-5, 33),
    ),
    Past(
        16,
        "13:30",
        "Shipping labels of one carrier cannot be bought",
        P3,
        {"Shipping labels": PARTIAL},
        (
            (
                0,
                INVESTIGATING,
                "Labels of Northline Parcels cannot be bought: the last step ends with an error. Labels of the other "
                "ten carriers work, and labels that you bought before can be printed.\n\n"
                "We are in touch with the carrier and write again by 14:15 UTC.",
            ),
            (
                35,
                MITIGATING,
                "Northline Parcels has changed how it checks postcodes and refuses those with a space. We are adapting "
                "to it now.\n\nUntil then, labels go through if the postcode is written without a space. "
                "Next update by 15:00 UTC.",
            ),
            (
                82,
                RESOLVED,
                "Labels of all eleven carriers can be bought, however the postcode is written. Labels that failed were "
                "not charged.",
            ),
        ),
    ),
    Past(
        21,
        "10:05",
        "The dashboard is slow",
        P3,
        {"Dashboard": DEGRADED, "Orders": DEGRADED},
        (
            (
                0,
                INVESTIGATING,
                "Pages of the dashboard take 10 to 20 seconds to open. Your shop sells as usual: orders come in and "
                "are paid.\n\nWe are looking for the cause and write again by 10:35 UTC.",
            ),
            (
                14,
                MITIGATING,
                "A monthly report of one very large shop takes up most of the database behind the dashboard. We have "
                "stopped it and see pages open faster. Next update by 10:45 UTC.",
            ),
            (
                26,
                RESOLVED,
                "The dashboard is as fast as it should be. Large reports now run on a copy of the database, where "
                "they slow down nobody.",
            ),
        ),
    ),
    Past(
        27,
        "07:10",
        "Today's payouts are late",
        P2,
        {"Payouts": PARTIAL},
        (
            (
                0,
                INVESTIGATING,
                "Payouts that were due this morning have not left us. Your money is safe: the dashboard shows the "
                "right balance, and shoppers pay as usual.\n\nWe are talking to our bank. Next update by 08:00 UTC.",
            ),
            (
                44,
                IDENTIFIED,
                "Our bank did not accept this morning's file, because a certificate on its side ran out overnight. "
                "The bank is replacing it; we have the file ready.\n\nNext update by 09:30 UTC.",
            ),
            (
                128,
                MITIGATING,
                "The bank accepts files again. The first 2,400 of 6,130 payouts have left us, and the rest follow "
                "within the hour. Most banks book them on the same working day.\n\nNext update by 10:30 UTC.",
            ),
            (
                187,
                RESOLVED,
                "All of today's payouts have left us. If yours has not arrived by the end of the next working day, "
                "please write to us with the date.",
            ),
        ),
    ),
    Past(
        33,
        "08:45",
        "Webhooks arrive late",
        P3,
        {"Webhooks": DEGRADED},
        (
            (
                0,
                INVESTIGATING,
                "Webhooks leave us up to 12 minutes late. None is lost: each is kept and sent in order. Reading the "
                "same data through the REST API works.\n\nNext update by 09:15 UTC.",
            ),
            (
                22,
                MITIGATING,
                "A sale in one shop makes forty times as many events as usual, and they stood in front of everybody "
                "else's. We have given that shop a queue of its own. The others get shorter.\n\n"
                "Next update by 10:00 UTC.",
            ),
            (
                63,
                RESOLVED,
                "Webhooks leave at once again, and all that waited have been sent. Each event carries its own time, so "
                "you can tell late ones from new ones. From next week, every shop has a queue of its own.",
            ),
        ),
    ),
    Past(
        38,
        "20:15",
        "Product photos do not load in parts of Europe",
        P2,
        {"Photo delivery": PARTIAL, "Storefront": DEGRADED},
        (
            (
                0,
                INVESTIGATING,
                "Shoppers in Spain, Portugal and Italy see shops without product photos, or wait long for them. Texts, "
                "prices and checkout work.\n\nWe are looking for the cause and write again by 20:45 UTC.",
            ),
            (
                16,
                MITIGATING,
                "The network that delivers our photos has lost its site in Madrid. We are sending these shoppers to "
                "Paris and Frankfurt instead; it takes up to 15 minutes to reach everybody.\n\n"
                "Next update by 21:00 UTC.",
            ),
            (
                38,
                RESOLVED,
                "Photos load everywhere. Madrid stays out of use until the network has explained what happened.",
            ),
        ),
    ),
    Past(
        44,
        "12:02",
        "Yesterday's sales report counts refunds twice",
        P4,
        {"Reporting": DEGRADED},
        (
            (
                0,
                INVESTIGATING,
                "The sales report of yesterday counts each refund twice, so its total is too low. Orders, balances and "
                "payouts are right.\n\nPlease do not export yesterday's report until we write again, by 13:00 UTC.",
            ),
            (
                49,
                RESOLVED,
                "The report is right again, and we have made yesterday's anew. If you exported it before 12:51 UTC "
                "today, please export it once more.",
            ),
        ),
        MINOR,
    ),
    Past(
        49,
        "22:30",
        "Shops under custom domains do not open",
        P1,
        {"Domain hosting": MAJOR, "Storefront": PARTIAL},
        (
            (
                0,
                INVESTIGATING,
                "Shops under their own domain do not open; browsers say that the connection is not secure. Every shop "
                "still opens under its larkfield.example address, and the dashboard works.\n\n"
                "Everybody on call is working on it. We write again by 22:50 UTC.",
            ),
            (
                15,
                MITIGATING,
                "Tonight's renewal of certificates has put test certificates in place of the real ones. We are "
                "bringing the real ones back, which were still good for three weeks.\n\nNext update by 23:05 UTC.",
            ),
            (
                31,
                RESOLVED,
                "All shops open under their own domain again. Nothing about your domain has changed.\n\n"
                "A certificate is now tried in a browser before it replaces another. We are sorry for the evening.",
            ),
        ),
    ),
    Past(
        55,
        "06:50",
        "Stock does not follow sales on marketplaces",
        P3,
        {"Stock sync": DEGRADED},
        (
            (
                0,
                INVESTIGATING,
                "What you sell on marketplaces is not taken off the stock in your shop. Sales in the shop itself are. "
                "If you have only a few of something left, please check its stock by hand.\n\n"
                "Next update by 07:30 UTC.",
            ),
            (
                37,
                IDENTIFIED,
                "The marketplaces ask for a new kind of access key since this morning, three days before they said "
                "they would. We have the change ready and are testing it.\n\nNext update by 08:30 UTC.",
            ),
            (
                95,
                RESOLVED,
                "Stock follows sales on all marketplaces, and everything sold since 05:30 UTC has been taken off. "
                "38 shops sold something that they no longer had; we have written to each of them.",
            ),
        ),
    ),
    Past(
        61,
        "15:10",
        "Some card payments need a second try",
        P2,
        {"Card processing": PARTIAL},
        (
            (
                0,
                INVESTIGATING,
                "About one card payment in eight fails at the first try. A second try mostly works, and nobody is "
                "charged twice. Bank transfers are not affected.\n\n"
                "We are working on it together with our card processor. Next update by 15:40 UTC.",
            ),
            (
                21,
                MITIGATING,
                "One of the processor's three sites answers too late. We no longer use it, and failures are down to "
                "one in a hundred.\n\nNext update by 16:00 UTC.",
            ),
            (
                44,
                RESOLVED,
                "Card payments go through at the first try. We use all three of the processor's sites again, after "
                "an hour of test payments without a failure.",
            ),
        ),
    ),
    Past(
        66,
        "09:33",
        "Delivery notices by SMS arrive late",
        P4,
        {"SMS": DEGRADED},
        (
            (
                0,
                INVESTIGATING,
                "Text messages to shoppers in Sweden and Norway arrive up to an hour late. Other countries and all "
                "e-mails are on time.\n\nNext update by 10:15 UTC.",
            ),
            (
                28,
                RESOLVED,
                "Text messages arrive within seconds again. A Swedish carrier had a fault that it has repaired.",
            ),
        ),
        MINOR,
    ),
    Past(
        72,
        "17:00",
        "The Android app signs people out",
        P3,
        {"Mobile app": PARTIAL},
        (
            (
                0,
                INVESTIGATING,
                "Version 5.2 of the Android app, out since noon, signs people out as soon as they open an order. The "
                "iOS app and the dashboard in a browser work.\n\nNext update by 18:00 UTC.",
            ),
            (
                48,
                MITIGATING,
                "We have taken version 5.2 back, so nobody gets it any more. If you have it already, please use the "
                "dashboard in the phone's browser until version 5.3 is out, which is being tested now.\n\n"
                "Next update by 20:00 UTC.",
            ),
            (
                176,
                RESOLVED,
                "Version 5.3 is out and keeps you signed in. Phones that update by themselves have it by tomorrow "
                "morning.",
            ),
        ),
    ),
    Past(
        79,
        "11:20",
        "The REST API refuses valid requests",
        P2,
        {"REST API": PARTIAL, "Webhooks": DEGRADED},
        (
            (
                0,
                INVESTIGATING,
                "About one request in five to the REST API is answered with “429 Too Many Requests”, though the app "
                "is well within its limit. Shops and the dashboard work.\n\nNext update by 11:50 UTC.",
            ),
            (
                18,
                MITIGATING,
                "Since a change at 11:02 UTC, all apps behind one network address share one limit. We are taking the "
                "change back.\n\nNext update by 12:10 UTC.",
            ),
            (
                38,
                RESOLVED,
                "The API counts each app by itself again. Apps that try again after a 429, as our guide says, have "
                "lost nothing.",
            ),
        ),
    ),
    Past(
        85,
        "01:40",
        "Orders wait for the fraud check",
        P3,
        {"Fraud check": DEGRADED},
        (
            (
                0,
                INVESTIGATING,
                "New orders wait up to 20 minutes for the fraud check before they show as accepted. Shoppers have paid "
                "and see their confirmation at once.\n\nNext update by 02:30 UTC.",
            ),
            (
                33,
                MITIGATING,
                "The checks ran short of memory after last night's new rules. We have doubled it, and the queue gets "
                "shorter. Next update by 03:15 UTC.",
            ),
            (
                75,
                RESOLVED,
                "Orders are checked within seconds again. No order was lost, and none was let through unchecked.",
            ),
        ),
    ),
)

WORKS = (
    Works(
        9,
        "02:00",
        68,
        "A larger database for orders",
        ("Orders", "Dashboard"),
        6,
        "We are moving the order list to a larger database. From 02:00 to 03:30 UTC you can read orders in the "
        "dashboard, but not change them. Shoppers buy as usual; orders that come in meanwhile show up afterwards.",
        (
            (0, IN_PROGRESS, "The work has begun. Orders can be read and not changed; shoppers buy as usual."),
            (52, VERIFYING, "All orders are in the new database. We are comparing the two, order by order."),
            (68, COMPLETED, "The work is done, 22 minutes early. Orders can be changed again."),
        ),
    ),
    Works(
        52,
        "04:00",
        41,
        "New certificates for custom domains",
        ("Domain hosting",),
        4,
        "We are replacing the system that renews certificates. From 04:00 to 05:00 UTC no new domain can be connected. "
        "Shops open as usual.",
        (
            (0, IN_PROGRESS, "The work has begun. No new domain can be connected; shops open as usual."),
            (
                41,
                COMPLETED,
                "The work is done, and new domains can be connected. All 18,204 certificates are in place.",
            ),
        ),
    ),
)
