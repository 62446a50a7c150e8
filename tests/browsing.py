"""A browser for tests without a screen: sends what the beacon sends, by the real endpoint."""

import uuid

from django.test import Client

from wagtail_visit_alerts.api import signed_link

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36"
ENDPOINT = "/visit-alerts/page-views/"


class VirtualBrowser:
    """One browser with one cookie jar; ``open`` enters a page in a tab, ``close`` leaves it."""

    def __init__(self, client: Client | None = None, *, secure: bool = False, **headers: str) -> None:
        self.client = client or Client()
        self.secure = secure
        self.headers = {"User-Agent": USER_AGENT, "Sec-Fetch-Site": "same-origin", **headers}
        self.left: dict | None = None
        self.here: dict | None = None

    def send(self, message: dict, **headers: str):
        """Post one message, and repeat it once if asked to."""
        response = self.post(message, **headers)
        return self.post(message, **headers) if response.json().get("again") else response

    def post(self, message: dict, **headers: str):
        return self.client.post(
            ENDPOINT,
            {"version": 1, **message},
            content_type="application/json",
            headers={**self.headers, **headers},
            secure=self.secure,
        )

    def entry(self, url: str, **more) -> dict:
        """An entry message for a page, as the beacon would send it just now."""
        return {
            "type": "entry",
            "id": str(uuid.uuid4()),
            "tab": self.here["tab"] if self.here else str(uuid.uuid4()),
            "url": url,
            "page": None,
            "how": "load",
            "ago": 0,
            "navigation": 100,
            "previous": None,
            "unsent": [],
            **more,
        }

    def open(self, url: str, *, after_ms: int | None = None, gap_ms: int = 100, contact=None, **more):
        """Enter a page; ``after_ms`` on the page before it, by a link in the same tab. Returns the response."""
        if after_ms is not None and self.here is not None:
            clocks = {"wall": after_ms, "monotonic": after_ms, "engaged": after_ms, "gap": gap_ms}
            more.setdefault("previous", {"id": self.here["id"], **clocks})
        if contact is not None:
            more |= {"token": signed_link(contact, "/").partition("va=")[2], "sign": "pointermove"}
        message = self.entry(url, **more)
        response = self.send(message)
        self.here = message
        return response

    def close(self, *, engaged_ms: int = 1000):
        """Leave the page without entering another."""
        return self.send({"type": "end", **self.measured(engaged_ms)})

    def report_in_view(self, engaged_ms: int, **more):
        """Report that the page has been in view for a time, as the beacon does when asked to."""
        return self.send({"type": "in_view", **self.measured(engaged_ms), **more})

    def measured(self, engaged_ms: int) -> dict:
        """What the beacon says of the time on the page, all of it in view."""
        return {"id": self.here["id"], "wall": engaged_ms, "monotonic": engaged_ms, "engaged": engaged_ms}
