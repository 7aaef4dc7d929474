"""The company, what it runs and who works there."""

from typing import NamedTuple

SITE = {
    "name": "Larkfield",
    "time_zone": "UTC",
    "support_url": "https://help.larkfield.example/",
}

# Group -> component -> what it is to a customer, in page order.
GROUPS = {
    "Shops": {
        "Storefront": "Every page that your shoppers see: home, categories, products, your own texts.",
        "Search": "Product search and filters inside a shop.",
        "Checkout": "From “Add to cart” to the order confirmation.",
        "Photo delivery": "Resized for every screen and delivered from close to the shopper.",
        "Domain hosting": "Shops under their own name, with certificates that renew themselves.",
    },
    "Payments": {
        "Card processing": "Credit and debit cards, at checkout and in the app.",
        "Bank transfer": "Payment from account to account, and direct debit.",
        "Refunds": "Money back to the shopper, in full or in part.",
        "Payouts": "What you earned, to your bank account, every morning from 06:00 UTC.",
        "Fraud check": "Looks at each order before it is accepted.",
    },
    "Seller tools": {
        "Dashboard": "Where you run your shop: products, prices, settings.",
        "Orders": "Order list, notes, packing slips.",
        "Stock sync": "Keeps stock the same in your shop, your till and the marketplaces.",
        "Reporting": "Sales figures, tax reports, exports as CSV files.",
        "Mobile app": "Larkfield for Android and iOS.",
    },
    "Shipping": {
        "Shipping labels": "Labels and customs forms from eleven carriers.",
        "Carrier rates": "Live prices of carriers at checkout.",
        "Parcel tracking": "Where a parcel is, for you and for your shopper.",
    },
    "For developers": {
        "REST API": "api.larkfield.example, version 3.",
        "Webhooks": "Events of your shop, sent to your systems.",
        "App sign-in": "OAuth for apps that act on behalf of a shop.",
        "Sandbox": "Test shops with test money.",
    },
    "Messages": {
        "Order mail": "Confirmations, invoices and shipping notices to your shoppers.",
        "SMS": "Delivery notices as text messages to shoppers.",
        "Help centre and chat": "help.larkfield.example and the chat with our support team.",
    },
}
# Never leaves the admin.
PRIVATE = {"Seller tools": {"Back office": "Internal: accounts, contracts, fraud cases."}}

# Log-in -> name, role. None: a superuser.
STAFF = {
    "lead": ("Priya", "Raman", "Communications lead"),
    "support": ("Tom", "Okafor", "Support"),
    "admin": ("Ingrid", "Solberg", None),
}


class Person(NamedTuple):
    """A subscriber. `components` empty: everything. `milestones`: hears only of the beginning and the end."""

    address: str
    components: tuple[str, ...] = ()
    milestones: bool = False
    state: str = "confirmed"  # or "asked", "left", "bounced"


_MONEY = ("Card processing", "Bank transfer", "Refunds", "Payouts")
_DEVELOPER = ("REST API", "Webhooks", "App sign-in")

SUBSCRIBERS = (
    Person("orders@fernandfable.example"),
    Person("hello@saltmarshsoap.example"),
    Person("ines@atelier-marron.example"),
    Person("shop@twentysixletters.example"),
    Person("oskar@norrskenskaffe.example"),
    Person("team@papertrailbindery.example"),
    Person("ops@hollowayhats.example"),
    Person("post@fjellogfjord.example"),
    Person("marta@cesta-verde.example"),
    Person("info@quietlooms.example"),
    Person("nadia@thelampworks.example"),
    Person("kontakt@holzundhonig.example"),
    Person("jun@midoribrush.example"),
    Person("office@brassandbirch.example", milestones=True),
    Person("owner@thebeekeepersdaughter.example", milestones=True),
    Person("accounts@fernandfable.example", _MONEY),
    Person("finance@hollowayhats.example", _MONEY),
    Person("bookkeeping@cesta-verde.example", ("Payouts", "Reporting")),
    Person("books@saltmarshsoap.example", ("Payouts", "Refunds")),
    Person("payments@thelampworks.example", ("Card processing", "Fraud check")),
    Person("dev@stockwise.example", _DEVELOPER),
    Person("alerts@parcelpilot.example", ("Webhooks", "Shipping labels", "Parcel tracking")),
    Person("integrations@tillandtally.example", (*_DEVELOPER, "Stock sync")),
    Person("status@reviewsforshops.example", ("REST API", "App sign-in")),
    Person("warehouse@norrskenskaffe.example", ("Shipping labels", "Carrier rates", "Parcel tracking")),
    Person("packing@twentysixletters.example", ("Shipping labels", "Orders")),
    Person("photo@atelier-marron.example", ("Photo delivery", "Storefront")),
    Person("web@quietlooms.example", ("Storefront", "Domain hosting", "Search"), milestones=True),
    Person("jonas@holzundhonig.example", state="asked"),
    Person("old-shop@rosehipandco.example", state="left"),
    Person("sales@closedlastyear.example", state="bounced"),
    Person("+46701740605"),
    Person("+46701740611", milestones=True),
    Person("+46701740618", milestones=True),
    Person("+12025550114", milestones=True),
    Person("+12025550127", ("Checkout", "Card processing"), milestones=True),
    Person("+12025550139", ("Card processing", "Payouts"), milestones=True),
    Person("+12025550151", ("Checkout", "Storefront"), milestones=True),
    Person("+61491570156", milestones=True),
    Person("+61491570157", ("REST API", "Webhooks"), milestones=True),
    Person("+61491570158", state="asked"),
)


class Customer(NamedTuple):
    """A customer whom support linked to the open incident. The first two have subscriptions of their own as well."""

    name: str
    contact: str
    reference: str
    ticket: str


CUSTOMERS = (
    Customer("Fern & Fable Ceramics", "orders@fernandfable.example", "LF-20418", "88213"),
    Customer("Holloway Hats", "finance@hollowayhats.example", "LF-11076", "88215"),
    Customer("Greta Lindqvist, Lindqvist Keramik", "greta@lindqvistkeramik.example", "LF-30952", "88219"),
    Customer("The Pickle DiskStore", "hello@thepickleshelf.example", "LF-27733", "88224"),
    Customer("Anouk Peeters, Draad en Naald", "anouk@draadennaald.example", "LF-18840", ""),
    Customer("Copper Kettle Tea", "+12025550163", "LF-09217", "88231"),
)
TICKET_URL = "https://help.larkfield.example/tickets/"
