"""The brand's mark, for a browser that draws it and for nothing else."""

from typing import NamedTuple

from ..models import Site

# An SVG may hold scripts and links to anywhere: opened by itself it runs none of them, and belongs to no site.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class Logo(NamedTuple):
    content: bytes
    content_type: str


def load() -> Logo:
    """The logo, in one query. Raises Site.DoesNotExist where there is none."""
    content, content_type = Site.objects.exclude(logo_type="").values_list("logo", "logo_type").get(pk=1)
    return Logo(bytes(content), content_type)  # type: ignore[arg-type]  # what has a type is there
