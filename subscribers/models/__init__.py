from .confirmation import Confirmation
from .customer import AffectedCustomer
from .delivery import Delivery, Fanout
from .subscriber import Subscriber, Subscription
from .suppression import Suppression

__all__ = [
    "AffectedCustomer",
    "Confirmation",
    "Delivery",
    "Fanout",
    "Subscriber",
    "Subscription",
    "Suppression",
]
