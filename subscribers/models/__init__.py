from .answer import Answer
from .breaker import Breaker
from .confirmation import Confirmation
from .count import DeliveryCount
from .customer import AffectedCustomer
from .delivery import Delivery, Fanout
from .erased import ErasedAddress
from .refusal import Refusal
from .seen_report import SeenReport
from .stop import Stop
from .subscriber import Subscriber, Subscription
from .suppression import HeldSuppression, Suppression

__all__ = [
    "AffectedCustomer",
    "Answer",
    "Breaker",
    "Confirmation",
    "Delivery",
    "DeliveryCount",
    "ErasedAddress",
    "Fanout",
    "HeldSuppression",
    "Refusal",
    "SeenReport",
    "Stop",
    "Subscriber",
    "Subscription",
    "Suppression",
]
