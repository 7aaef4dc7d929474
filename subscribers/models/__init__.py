from .breaker import Breaker
from .confirmation import Confirmation
from .count import DeliveryCount
from .customer import AffectedCustomer
from .delivery import Delivery, Fanout
from .erased import ErasedAddress
from .stop import Stop
from .subscriber import Subscriber, Subscription
from .suppression import Suppression

__all__ = [
    "AffectedCustomer",
    "Breaker",
    "Confirmation",
    "Delivery",
    "DeliveryCount",
    "ErasedAddress",
    "Fanout",
    "Stop",
    "Subscriber",
    "Subscription",
    "Suppression",
]
