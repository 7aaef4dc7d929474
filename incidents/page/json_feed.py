"""JSON Feed 1.1 (https://jsonfeed.org/version/1.1), written by the same hand as Atom and RSS."""

from django.utils.feedgenerator import SyndicationFeed, rfc3339_date

from statuspage.lib import safe_json


class JsonFeed(SyndicationFeed):
    content_type = "application/feed+json; charset=utf-8"

    def write(self, outfile, encoding):
        """The whole feed to `outfile`, a text stream."""
        outfile.write(safe_json.dump(self._whole()).decode(encoding))

    def _whole(self) -> dict:
        return {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.feed["title"],
            "home_page_url": self.feed["link"],
            "feed_url": self.feed["feed_url"],
            "description": self.feed["description"],
            "authors": [{"name": self.feed["author_name"], "url": self.feed["link"]}],
            "language": self.feed["language"],
            "items": [_item(item) for item in self.items],
        }


def _item(item: dict) -> dict:
    return {
        "id": item["unique_id"],
        "url": item["link"],
        "title": item["title"],
        "content_html": item["description"],
        "date_published": rfc3339_date(item["pubdate"]),
        "date_modified": rfc3339_date(item["updateddate"]),
    }
