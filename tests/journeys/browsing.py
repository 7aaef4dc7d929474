"""A visitor over HTTP, with cookies and forms, without JavaScript and without Django in the same process."""

import http.cookiejar
import time
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser

TIMEOUT = 30


class Visitor:
    """Keeps its cookies. `status`, `url`, `text` are those of the last answer, after redirects; `seconds` it took,
    and after `retry_after` it wants to be asked again."""

    def __init__(self, site: str):
        self.site = site
        self.cookies = http.cookiejar.CookieJar()
        self.headers: dict[str, str] = {}  # sent with each page and form
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.cookies), urllib.request.ProxyHandler({})
        )

    def get(self, path: str) -> "Visitor":
        return self._open(urllib.request.Request(urllib.parse.urljoin(self.site, path)))

    def submit(self, path: str, **values: str) -> "Visitor":
        """Fetch the page at `path`, fill its form in as it came but for `values`, and send it."""
        return self.get(path).send(**values)

    def send(self, **values: str) -> "Visitor":
        """Send the form of the last answer as it came but for `values`."""
        form = Form(self.text, values)
        body = urllib.parse.urlencode(form.values | values).encode()
        return self._open(
            urllib.request.Request(urllib.parse.urljoin(self.url, form.action), body, {"Referer": self.url})
        )

    def post(self, path: str, values: dict[str, str]) -> int:
        """Send `values` and return the status of the very answer, without following it; many threads may at once."""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)
        headers = {"Referer": self.site + path, "Cookie": cookies}
        body = urllib.parse.urlencode(values).encode()
        opener = urllib.request.build_opener(_Stay(), urllib.request.ProxyHandler({}))
        try:
            request = urllib.request.Request(urllib.parse.urljoin(self.site, path), body, headers)
            with opener.open(request, timeout=TIMEOUT) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code

    def log_in(self, username: str, password: str) -> "Visitor":
        return self.submit("/admin/login/?next=/admin/console/", username=username, password=password)

    def log_out(self) -> None:
        """As a session ends by itself: the browser stays known."""
        for cookie in [cookie for cookie in self.cookies if cookie.name == "sessionid"]:
            self.cookies.clear(cookie.domain, cookie.path, cookie.name)

    def _open(self, request) -> "Visitor":
        began = time.monotonic()
        for name, value in self.headers.items():
            request.add_header(name, value)
        try:
            answer = self._opener.open(request, timeout=TIMEOUT)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            self.status, self.url, self.text = answer.status, answer.url, answer.read().decode()
            self.retry_after = int(answer.headers.get("Retry-After", 0))
        self.seconds = time.monotonic() - began
        return self


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Form(HTMLParser):
    """The first form that has all the fields named in `wanted`: its action and the values it came with."""

    def __init__(self, html: str, wanted):
        super().__init__()
        self._forms: list[tuple[str, dict, set]] = []
        self._textarea = self._select = None
        self.feed(html)
        self.action, self.values = next(
            (action, values) for action, values, names in self._forms if names >= set(wanted)
        )

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        name = given.get("name")
        if tag == "form":
            self._forms.append((given.get("action") or "", {}, set()))
        if not self._forms:
            return
        _, values, names = self._forms[-1]
        if name:
            names.add(name)
        if tag == "input" and name and given.get("type") not in ("submit", "button", "image"):
            if given.get("type") not in ("radio", "checkbox") or "checked" in given:
                values[name] = given.get("value") or ""
        elif tag == "textarea":
            self._textarea = name
            values[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in values):
            values[self._select] = given.get("value") or ""

    def handle_data(self, data):
        if self._textarea:
            self._forms[-1][1][self._textarea] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._textarea = None
        elif tag == "select":
            self._select = None
