"""The published page: what stands in front of Django, and sends the last good answers whatever is down behind it."""
