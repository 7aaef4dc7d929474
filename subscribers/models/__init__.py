from .ailment import Ailment
from .breaker import Breaker
from .confirmation import Confirmation
from .contact import Contact
from .count import DeliveryCount
from .customer import AffectedCustomer
from .delivery import Delivery
from .erased import ErasedAddress
from .fanout import Fanout
from .fence import Fence, Generation
from .inbound_sms import InboundSms
from .incoming import IncomingMessage
from .pause import Pause
from .refusal import Refusal
from .seen_report import SeenReport
from .subscriber import Subscriber, Subscription
from .suppression import HeldSuppression, Suppression

__all__ = [
    "AffectedCustomer",
    "Ailment",
    "Breaker",
    "Confirmation",
    "Contact",
    "Delivery",
    "DeliveryCount",
    "ErasedAddress",
    "Fanout",
    "Fence",
    "Generation",
    "HeldSuppression",
    "InboundSms",
    "IncomingMessage",
    "Pause",
    "Refusal",
    "SeenReport",
    "Subscriber",
    "Subscription",
    "Suppression",
]
