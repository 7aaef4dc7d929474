"""What the staff may do with subscribers, as Django names it; who holds which is in statuspage/accounts/roles.py."""

LINK = "subscribers.link_customers"
PAUSE = "subscribers.stop_deliveries"
ERASE = "subscribers.erase_subscriber"
