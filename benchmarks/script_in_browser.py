"""For how long does the page script keep a browser's main thread busy?

On pages of nothing but the tag, in Chromium. A task counts as long from 50 ms on (W3C, Long Tasks API).
"""

from collections.abc import Iterator

from benchmarks.figures import Figure, of_times
from tests.browser.conftest import running_chromium, tag
from tests.browser.plain_site import PlainSite

PAGES = 30
#: Long enough for two of the script's looks, which are a second apart.
STAY_MS = 2500


def measure() -> Iterator[Figure]:
    """Yield what a page view costs with and without the script, and how many long tasks there were."""
    for what, head in (("a page without the script", ""), ("the same page with the script", tag())):
        busy_ms, long_tasks = _visit(head)
        yield of_times(f"{what}, main thread busy; long tasks: {long_tasks}", busy_ms)


def _visit(head: str) -> tuple[list[float], int]:
    """How long each page view kept the main thread busy, in milliseconds, and how many tasks were long."""
    busy_ms, long_tasks = [], 0
    site = PlainSite()
    site.head = head
    try:
        with running_chromium() as browser:
            for _page in range(PAGES):
                page = browser.new_page()  # a tab each: what is counted begins anew with it
                page.add_init_script(
                    "window.longTasks = 0;"
                    "new PerformanceObserver((list) => { longTasks += list.getEntries().length; })"
                    ".observe({ type: 'longtask', buffered: true });"
                )
                session = page.context.new_cdp_session(page)
                session.send("Performance.enable")
                page.goto(site.url("/"))
                page.wait_for_timeout(STAY_MS)
                metrics = {
                    one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]
                }
                busy_ms.append(metrics["TaskDuration"] * 1000)
                long_tasks += page.evaluate("longTasks")
                page.close()
    finally:
        site.close()
    return busy_ms, long_tasks
