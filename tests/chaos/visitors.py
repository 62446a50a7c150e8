"""Contacts on the site: what their browsers send, repeated as the page's script repeats it."""

import http.client
import json
import random
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.browsing import ENDPOINT, USER_AGENT

#: How often the script tries a message, and seconds between two tries.
TRIES, PAUSE = 3, 3.0
#: Seconds for which a browser waits for an answer.
PATIENCE = 10


@dataclass
class Browser:
    """One contact's browser: one tab in which page after page is opened."""

    port: int
    token: str
    urls: list[str]
    cookie: str = ""
    unsent: list[dict] = field(default_factory=list)
    here: dict | None = None
    #: How many messages the site did not take.
    failures: int = 0

    def open(self, url: str, **more: str) -> bool:
        """Enter a page and tell the site; gives whether it has taken that. What it has not, goes with the next."""
        now = time.monotonic()
        previous = None
        if self.here is not None:
            stayed = int((now - self.here["began"]) * 1000)
            clocks = {"wall": stayed, "monotonic": stayed, "engaged": stayed, "gap": 20}
            previous = {"id": self.here["id"], **clocks}
        said = {"id": str(uuid.uuid4()), "tab": self.here["tab"] if self.here else str(uuid.uuid4())}
        said |= {"url": url, "page": None, "how": "load", "previous": previous}
        self.here = {**said, "began": now}
        for _try in range(TRIES):
            if self._post({"type": "entry", **said, **more, **self._ages(now)}):
                self.unsent.clear()
                return True
            self.failures += 1
            time.sleep(PAUSE)
        self.unsent = [*self.unsent[-2:], self.here]
        return False

    def _ages(self, began: float) -> dict:
        now = time.monotonic()
        unsent = [
            {key: value for key, value in one.items() if key != "began"}
            | {"ago": int((now - one["began"]) * 1000)}
            for one in self.unsent
        ]
        ago = int((now - began) * 1000)
        return {"ago": ago, "navigation": ago + 50, "unsent": unsent}

    def _post(self, message: dict) -> bool:
        """Send a message, once more where the site asks for it with the cookie that it has given."""
        for _turn in range(2):
            answer = self._answer(json.dumps({"version": 1, **message}))
            if answer is None:
                return False
            if not answer.get("again"):
                return True
        return False

    def _answer(self, body: str) -> dict | None:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "Sec-Fetch-Site": "same-origin",
            "Cookie": self.cookie,
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST", ENDPOINT, body, headers)
            response = connection.getresponse()
            content = response.read()
            if set_cookie := response.getheader("Set-Cookie"):
                self.cookie = set_cookie.partition(";")[0]
            return json.loads(content) if response.status == 200 else None
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()


class Crowd:
    """Browsers that are at work in several threads until each has opened all of its pages."""

    def __init__(self, browsers: Sequence[Browser], *, threads: int, seconds: float, seed: int) -> None:
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.browsers = browsers
        shares = [browsers[number::threads] for number in range(threads)]
        self._random = random.Random(seed)
        self._threads = [
            threading.Thread(target=self._work, args=(share, seconds), daemon=True) for share in shares if share
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        """Wait until all pages are visited."""
        for thread in self._threads:
            thread.join()

    def _work(self, browsers: list[Browser], seconds: float) -> None:
        steps = [(browser, url) for browser in browsers for url in browser.urls]
        self._random.shuffle(steps)
        pause = seconds / len(steps)
        known: set[int] = set()
        for browser, url in steps:
            self.may_go_on.wait()
            began = time.monotonic()
            if id(browser) not in known:
                self._insist(browser, "/", token=browser.token, sign="pointermove")
                known.add(id(browser))
            browser.open(url)
            time.sleep(max(0.0, pause - (time.monotonic() - began)))
        for browser in browsers:
            # The next page view tells what could not be told; a person would come to it sooner or later.
            if browser.unsent:
                self._insist(browser, "/")

    def _insist(self, browser: Browser, url: str, **more: str) -> None:
        while not browser.open(url, **more):
            continue
