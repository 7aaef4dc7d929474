"""The first run: the link that lets the first administrator in, and what is still missing before customers rely on the
page."""
