from .ailment import Ailment
from .answer import Answer
from .breaker import Breaker
from .confirmation import Confirmation
from .count import DeliveryCount
from .customer import AffectedCustomer
from .delivery import Delivery, Fanout
from .erased import ErasedAddress
from .fence import Fence, Generation
from .incoming import IncomingMessage
from .refusal import Refusal
from .seen_report import SeenReport
from .stop import Stop
from .subscriber import Subscriber, Subscription
from .suppression import HeldSuppression, Suppression

__all__ = [
    "AffectedCustomer",
    "Ailment",
    "Answer",
    "Breaker",
    "Confirmation",
    "Delivery",
    "DeliveryCount",
    "ErasedAddress",
    "Fanout",
    "Fence",
    "Generation",
    "HeldSuppression",
    "IncomingMessage",
    "Refusal",
    "SeenReport",
    "Stop",
    "Subscriber",
    "Subscription",
    "Suppression",
]
