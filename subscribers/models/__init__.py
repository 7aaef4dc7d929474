from .confirmation import Confirmation
from .customer import AffectedCustomer
from .delivery import Delivery, Fanout
from .stop import Stop
from .subscriber import Subscriber, Subscription
from .suppression import Suppression

__all__ = [
    "AffectedCustomer",
    "Confirmation",
    "Delivery",
    "Fanout",
    "Stop",
    "Subscriber",
    "Subscription",
    "Suppression",
]
