"""Person: one contact with a browser, who does what people do; the words are those of the cases."""

import contextlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from ..conftest import Site
from .case import CHROMIUM, CONTACT, FIREFOX, PRICES, WEBKIT
from .engines import EXTENSION_PAGE, PATIENCE, Engine
from .front import ELSEWHERE, Front

MINUTE_MS = 60_000
#: Seconds that are waited for a message which a browser may give up.
PATIENCE_FOR_END = 5


class Person:
    """Opens pages in an engine's browser, through the front, as the contact of one case."""

    def __init__(self, name: str, *, engine: Engine, front: Front, site: Site) -> None:
        self.email = f"{name}.{engine.name.lower()}@matrix.example"
        self.host = f"{name.replace('_', '-')}-{engine.name.lower()}.localhost"
        self.engine, self.front, self.site = engine, front, site
        self.wire = front.wire(self.host)
        self.url, self.elsewhere = front.url(self.host), front.url(ELSEWHERE)
        self.home = self.driver.current_window_handle
        self._ahead = {"wall": 0, "monotonic": 0}
        self._began = time.monotonic()
        self._has_script = True
        #: The driver no longer answers.
        self.is_lost = False
        self.open_tab()

    @property
    def driver(self) -> WebDriver:
        return self.engine.driver

    # ── Coming, and going from page to page ──

    def arrive(self, page: str = PRICES) -> None:
        """Follow the link in an e-mail to a page, and be recognised there: by moving the pointer."""
        link = str(self.stored("contact", {"email": self.email}))
        with self.wire.entry_of(page):
            self.driver.get(self.url + page + "?" + link.partition("?")[2])
            links = self.driver.find_elements(By.CSS_SELECTOR, "nav a")
            ActionChains(self.driver).move_to_element(links[0]).move_to_element(links[1]).perform()

    def type_address(self, page: str) -> None:
        """Type a page's address into the address bar."""
        with self.wire.entry_of(page):
            self.driver.get(self.url + page)

    def follow(self, page: str = CONTACT) -> None:
        """Click a link to a page of the site, in the same tab."""
        with self.wire.entry_of(page):
            self.click(self.link_to(page))

    def click(self, link: Any) -> None:
        """Click with the pointer. The drivers' own command listens for the page's unloading, which Firefox minds."""
        ActionChains(self.driver).click(link).perform()

    def link_to(self, page: str, **attributes: str) -> Any:
        """The first link to a page, with further attributes."""
        link = self.driver.find_element(By.CSS_SELECTOR, f'a[href$="{page}"]')
        for name, value in attributes.items():
            self.run("arguments[0].setAttribute(arguments[1], arguments[2])", link, name, value)
        return link

    def follow_unheard(self, page: str) -> None:
        """Click a link in the same tab; wait until the script has reported it, be it heard or not."""
        with self.wire.unheard_entry_of(page), self.wire.end():
            self.follow_unreported(page)

    def follow_unreported(self, page: str) -> None:
        """Click a link in the same tab, where the site does not hear of it by the script."""
        with self.noted(page):
            self.click(self.link_to(page))

    def open_unreported(self, page: str) -> None:
        """Type an address, where the site does not hear of it by the script."""
        with self.noted(page):
            self.driver.get(self.url + page)

    @contextmanager
    def noted(self, page: str) -> Iterator[None]:
        """Do something for which the page is served; wait until the server has noted that, after it was sent."""
        arguments = {"email": self.email, "page": page}
        before = self.stored("noted", arguments)
        yield
        deadline = time.monotonic() + PATIENCE
        while self.stored("noted", arguments) == before:
            assert time.monotonic() < deadline, f"The server did not note {page}."

    def reload(self, page: str = PRICES) -> None:
        with self.wire.entry_of(page):
            self.driver.refresh()

    def back(self, page: str, *, kept_in_memory: bool | None = None, steps: int = -1) -> None:
        """Go back or forward, to this page, which the browser has kept in memory or not, if that is said."""
        is_on_site = self.driver.current_url.startswith(self.url)
        # WebKit's driver loses sight of a tab that comes back from another site, the browser does not.
        self.is_lost = self.engine.name == WEBKIT and not is_on_site
        # A page kept in memory may not know the one before it: then that one's end tells, which may come later.
        with self.wire.entry_of(page), self.wire.end() if is_on_site else contextlib.nullcontext():
            # The driver's own command waits for a load that does not come where the page was kept in memory.
            self.run("setTimeout(steps => history.go(steps), 0, arguments[0])", steps)
        if kept_in_memory is not None:
            entry = [message for message in self.wire.messages if message.is_entry_of(page)][-1]
            assert (entry.body["how"] == "restore") is kept_in_memory

    def change_address(self, how: str, page: str) -> None:
        """Let the page itself put another address into the bar: ``pushState`` or ``replaceState``."""
        with self.wire.entry_of(page):
            self.run(f"history.{how}(null, '', arguments[0])", page)

    def go_elsewhere(self) -> None:
        """Go to another site in the same tab. Only Chromium always gets to say that the page was left."""
        if self.engine.name == CHROMIUM:
            with self.wire.end():
                self.driver.get(self.elsewhere + "/")
            return
        before = self.wire.sent("end")
        self.driver.get(self.elsewhere + "/")
        with self.wire.changed:
            self.wire.changed.wait_for(lambda: self.wire.sent("end") > before, timeout=PATIENCE_FOR_END)

    # ── Tabs and windows ──

    def open_tab(self) -> None:
        """Open an empty tab, in front of the others, and go on in it."""
        # WebKit's driver opens tabs behind; and each tab of a Chromium without a screen is a window anyway.
        self.driver.switch_to.new_window("tab" if self.engine.name == FIREFOX else "window")

    def open_window(self) -> None:
        """Open an empty window and go on in it."""
        self.driver.switch_to.new_window("window")

    @contextmanager
    def new_tab(self) -> Iterator[None]:
        """Do something that opens a tab; go on in that one, in front."""
        before = set(self.driver.window_handles)
        yield
        deadline = time.monotonic() + PATIENCE
        while not (new := set(self.driver.window_handles) - before):
            assert time.monotonic() < deadline, "No tab was opened."
        self.driver.switch_to.window(new.pop())

    def go_to_tab(self, handle: str) -> None:
        self.driver.switch_to.window(handle)

    @property
    def tab(self) -> str:
        return self.driver.current_window_handle

    def ctrl_click(self, page: str) -> None:
        """Open a link in a tab behind, with the Ctrl key."""
        keys = ActionChains(self.driver)
        keys.key_down(Keys.CONTROL).click(self.link_to(page)).key_up(Keys.CONTROL).perform()

    def duplicate_tab(self) -> None:
        """Duplicate the tab, with the browser's own command."""
        address = self.driver.current_url
        if self.engine.name == FIREFOX:
            with self.driver.context(self.driver.CONTEXT_CHROME):
                self.run("gBrowser.duplicateTab(gBrowser.selectedTab)")
            return
        here = self.tab
        self.open_tab()
        self.driver.get(EXTENSION_PAGE)
        self.run("return duplicate(arguments[0])", address)
        self.driver.close()
        self.go_to_tab(here)

    def open_behind(self, page: str) -> None:
        """Open a page in a tab that is not looked at, each engine in the way in which it has such tabs."""
        here = self.tab
        with self.noted(page):
            if self.engine.name == FIREFOX:
                self.ctrl_click(page)
                return
            self.driver.switch_to.new_window("tab")
            if self.engine.name == CHROMIUM:
                self.driver.minimize_window()
            self.wait_for("document.visibilityState === 'hidden'")
            self.driver.get(self.url + page)
            assert self.run("return document.visibilityState") == "hidden"
        self.go_to_tab(here)

    def crash(self) -> None:
        """Let the tab's process crash."""
        with contextlib.suppress(WebDriverException):
            self.driver.get("chrome://crash")
        self.driver.switch_to.window(self.home)

    def close_tab(self) -> None:
        """Close the tab; go on in whichever other there is. Browsers do not always say that it was left."""
        closed = self.tab
        self.driver.close()
        others = (handle for handle in self.driver.window_handles if handle != closed)
        self.driver.switch_to.window(next(others))

    def hide(self) -> None:
        """Put the window away, so that the page is hidden."""
        self.driver.minimize_window()
        self.wait_for("document.visibilityState === 'hidden'")

    def show(self) -> None:
        """Bring the window back."""
        self.driver.set_window_rect(0, 0, 1280, 900)
        self.wait_for("document.visibilityState === 'visible'")

    # ── What is there before it is asked for, or not at all ──

    def speculate(self, how: str, page: str) -> None:
        """Let the page ask the browser to prefetch or prerender another one, and wait until it was asked for."""
        rules = {how: [{"source": "list", "urls": [page], "eagerness": "immediate"}]}
        with self.wire.request_for(page):
            self.run(
                """
                const script = document.createElement("script");
                script.type = "speculationrules";
                script.textContent = arguments[0];
                document.head.append(script);
                """,
                json.dumps(rules),
            )

    def wait_until_prerendered(self) -> None:
        self.wait_for("localStorage.getItem('test:prerendered')")

    def pages_come_from_cache(self, page: str) -> None:
        """Let pages come through a full-page cache, which has this one, asked for by somebody else."""
        self.wire.upstream = self.front.page_cache.port
        self.front.page_cache.fill(urlsplit(self.url).netloc, page)

    def switch_javascript_off(self) -> None:
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        self._has_script = False

    # ── Time ──

    def time_passes(self, minutes: float, *, wall: float | None = None, monotonic: float | None = None) -> None:
        """Let minutes pass at the site, and as many on the browser's clocks unless these go otherwise."""
        self.wait_until_quiet()
        self.stored("pass_time", {"email": self.email, "minutes": minutes})
        self.clocks_go(
            wall=minutes if wall is None else wall, monotonic=minutes if monotonic is None else monotonic
        )

    def is_known_from_before(self) -> None:
        """Have been recognised two days ago; the script has not run since."""
        self.arrive(CONTACT)
        self.wire.fault = lambda message: "lose"
        self.driver.get("about:blank")
        self.wait_until_quiet()
        self.stored("forget_page_views", {"email": self.email})

    def clocks_go(self, *, wall: float = 0, monotonic: float = 0) -> None:
        """Move the computer's clocks by so many minutes."""
        self._ahead["wall"] += round(wall * MINUTE_MS)
        self._ahead["monotonic"] += round(monotonic * MINUTE_MS)
        if self._has_script:
            self._set_clocks()

    def _set_clocks(self) -> None:
        with self._page_of_the_site():
            self.run("localStorage.setItem('test:ahead', arguments[0])", json.dumps(self._ahead))

    @contextmanager
    def _page_of_the_site(self) -> Iterator[None]:
        """Be on a page of the site's host, which no page view comes of, if this tab is not."""
        if self.driver.current_url.startswith(self.url):
            yield
            return
        here = self.tab
        self.open_tab()
        self.driver.get(f"{self.url}/static/company/site.css")
        yield
        self.driver.close()
        self.go_to_tab(here)

    def wait_until_quiet(self) -> None:
        """Wait until the site has finished with all that has come to it."""
        self.wire.wait_until(lambda: self.wire.is_quiet, "the end of the site's work")

    @property
    def spent_ms(self) -> float:
        """How long the person's own steps have taken, on the real clock."""
        return (time.monotonic() - self._began) * 1000

    # ── What came of it ──

    def run(self, script: str, *arguments: Any) -> Any:
        """Run JavaScript in the page."""
        return self.driver.execute_script(script, *arguments)

    def wait_for(self, condition: str) -> None:
        """Wait until something is true in the page."""
        script = """
            const [condition, done] = arguments;
            const look = () => (eval(condition) ? done() : setTimeout(look, 20));
            look();
        """
        self.driver.execute_async_script(script, condition)

    def stored(self, name: str, arguments: dict[str, Any]) -> Any:
        """Call a function of ``stored`` in the site's console."""
        code = f"from tests.browser.matrix import stored; stored.answer({name!r}, {arguments!r})"
        return json.loads(self.site.manage("shell", "--no-imports", "--verbosity", "0", "-c", code))

    def look_later(self, minutes: float) -> Any:
        """What is stored, these minutes later, when the site has looked at what is due."""
        return self.stored("look", {"email": self.email, "minutes": minutes})

    def leave(self) -> None:
        """Close what the person has opened."""
        if self.is_lost:
            self.engine.kill()
        if not self.engine.is_running:
            return
        for handle in self.driver.window_handles:
            if handle != self.home:
                with contextlib.suppress(WebDriverException):  # of a tab that has crashed
                    self.driver.switch_to.window(handle)
                    self.driver.close()
        self.driver.switch_to.window(self.home)
