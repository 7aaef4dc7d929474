"""The permissions of the staff with subscribers, as Django names them; who holds which is in
statuspage/accounts/roles.py."""

LINK = "subscribers.link_customers"
PAUSE = "subscribers.stop_deliveries"
ERASE = "subscribers.erase_subscriber"
