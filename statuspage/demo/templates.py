"""Pre-approved words for common troubles, from Investigating to Resolved."""

from typing import NamedTuple

from incidents.enums import ComponentStatus, IncidentStatus, Severity

INVESTIGATING, IDENTIFIED, MITIGATING, MONITORING, RESOLVED = IncidentStatus
_, _, DEGRADED, PARTIAL, MAJOR = ComponentStatus
P1, P2, P3, P4 = Severity


class Template(NamedTuple):
    name: str
    title: str
    severity: Severity
    components: dict[str, ComponentStatus]
    steps: dict[IncidentStatus, str]
    is_approved: bool = True


_DOING = "**What we are doing:** {{what_we_are_doing}}\n\nWe write again by {{next_update_by}}."
_LOOKING = "We watch it closely before we call it over, and write again by {{next_update_by}}."

TEMPLATES = (
    Template(
        "Checkout: nobody can buy",
        "Checkout is down in all shops",
        P1,
        {"Checkout": MAJOR},
        {
            INVESTIGATING: (
                "Nobody can complete a purchase at the moment: checkout ends with an error in every shop. "
                "Shop pages, search and carts work, and carts keep what is in them.\n\n"
                "**What we know:** {{what_we_know}}\n\n" + _DOING
            ),
            MITIGATING: (
                "Checkout is still down, and we know why. {{what_we_know}}\n\n"
                "Orders that were confirmed to the shopper are safe.\n\n" + _DOING
            ),
            MONITORING: "Shoppers can buy again in all shops. {{what_we_know}}\n\n" + _LOOKING,
            RESOLVED: (
                "Checkout works in all shops. {{what_we_know}}\n\n"
                "Shoppers who saw an error can simply try again: their carts are as they left them. "
                "We are sorry for the sales you missed, and {{what_we_are_doing}}"
            ),
        },
    ),
    Template(
        "Card payments fail",
        "Some card payments fail",
        P2,
        {"Card processing": PARTIAL},
        {
            INVESTIGATING: (
                "Some card payments do not go through: the shopper sees “Payment failed” as the last step of checkout, "
                "and no order is placed. Bank transfers work, and so does everything else in your shop.\n\n"
                "**What we know:** {{what_we_know}}\n\n" + _DOING
            ),
            IDENTIFIED: (
                "Some card payments still fail. We have found the cause: {{what_we_know}}\n\n"
                "Bank transfers work. A shopper whose card fails can choose them at checkout.\n\n" + _DOING
            ),
            MITIGATING: (
                "Fewer card payments fail than before, but some still do. {{what_we_know}}\n\n"
                "Bank transfers work. A shopper whose card fails can try again or choose them at checkout.\n\n" + _DOING
            ),
            RESOLVED: (
                "Card payments go through again. {{what_we_know}}\n\n"
                "You need not do anything. A shopper whose payment failed can order again."
            ),
        },
    ),
    Template(
        "Shops are slow or do not open",
        "Shops open slowly or not at all",
        P1,
        {"Storefront": PARTIAL},
        {
            INVESTIGATING: (
                "Shop pages open slowly, and some do not open at all. Orders that are placed already are safe, and the "
                "dashboard works.\n\n**What we know:** {{what_we_know}}\n\n" + _DOING
            ),
            MITIGATING: (
                "Most shops open again, some still slowly. {{what_we_know}}\n\n"
                "Nothing in your shop has changed and nothing is lost.\n\n" + _DOING
            ),
            MONITORING: "All shops open at their usual speed. {{what_we_know}}\n\n" + _LOOKING,
            RESOLVED: "All shops open at their usual speed. {{what_we_know}}\n\nNo order and no setting was lost.",
        },
    ),
    Template(
        "Payouts are late",
        "Today's payouts are late",
        P2,
        {"Payouts": PARTIAL},
        {
            INVESTIGATING: (
                "Payouts that were due today have not reached every bank account. Your money is safe: the dashboard "
                "shows the right balance, and shoppers pay as usual.\n\n"
                "**What we know:** {{what_we_know}}\n\n" + _DOING
            ),
            MITIGATING: (
                "Payouts are on their way again. {{what_we_know}}\n\n"
                "When the money arrives depends on your bank; most book it on the same working day.\n\n" + _DOING
            ),
            RESOLVED: (
                "All payouts that were due today have left us. {{what_we_know}}\n\n"
                "If yours has not arrived by the end of the next working day, please write to us with the date."
            ),
        },
    ),
    Template(
        "Dashboard is slow or unreachable",
        "The dashboard is slow",
        P3,
        {"Dashboard": DEGRADED, "Orders": DEGRADED},
        {
            INVESTIGATING: (
                "Pages of the dashboard take longer than usual, and some end with an error. Your shop sells as usual: "
                "orders come in and are paid.\n\n**What we know:** {{what_we_know}}\n\n" + _DOING
            ),
            MITIGATING: "The dashboard is usable again and not yet as fast as it should be. {{what_we_know}}\n\n"
            + _DOING,
            RESOLVED: "The dashboard is as fast as it should be. {{what_we_know}}\n\nNothing that you saved was lost.",
        },
    ),
    Template(
        "Webhooks and API events are late",
        "Webhooks arrive late",
        P3,
        {"Webhooks": DEGRADED},
        {
            INVESTIGATING: (
                "Webhooks leave us late. None is lost: each is kept and sent in order. Reading the same data through "
                "the REST API works.\n\n**What we know:** {{what_we_know}}\n\n" + _DOING
            ),
            IDENTIFIED: "Webhooks still leave us late. We have found the cause: {{what_we_know}}\n\n" + _DOING,
            MITIGATING: "The queue of webhooks gets shorter. {{what_we_know}}\n\n" + _DOING,
            RESOLVED: (
                "Webhooks leave at once again, and all that waited have been sent. {{what_we_know}}\n\n"
                "Each event carries its own time, so you can tell late ones from new ones."
            ),
        },
    ),
    Template(
        "Shipping labels cannot be bought",
        "Shipping labels cannot be bought",
        P3,
        {"Shipping labels": PARTIAL},
        {
            INVESTIGATING: (
                "Buying a shipping label ends with an error. {{what_we_know}} Labels that you bought before can be "
                "printed as usual.\n\n" + _DOING
            ),
            MITIGATING: "Some labels can be bought again. {{what_we_know}}\n\n" + _DOING,
            RESOLVED: (
                "Labels can be bought for all carriers. {{what_we_know}}\n\n"
                "A label that failed was not charged; please buy it again."
            ),
        },
    ),
    Template(
        "E-mails or text messages are late",
        "Order e-mails arrive late",
        P4,
        {"Order mail": DEGRADED},
        {
            INVESTIGATING: (
                "Order e-mails reach your shoppers late. None is lost, and orders themselves are not affected.\n\n"
                "**What we know:** {{what_we_know}}\n\n" + _DOING
            ),
            MITIGATING: "New e-mails leave at once; older ones are still on their way. {{what_we_know}}\n\n" + _DOING,
            RESOLVED: "All e-mails that waited have been delivered. {{what_we_know}}",
        },
    ),
    Template(
        "A supplier of ours has trouble",
        "Trouble at one of our suppliers",
        P3,
        {},
        {
            INVESTIGATING: (
                "A company that we depend on has trouble, and you may notice it. {{what_we_know}}\n\n" + _DOING
            ),
            RESOLVED: "Our supplier's trouble is over. {{what_we_know}}",
        },
        is_approved=False,
    ),
)
