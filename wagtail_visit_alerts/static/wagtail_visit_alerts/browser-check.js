// Finds out what only a browser can say of itself, for the page "Check this browser" and for the admin.
//
// Whether the start page carries the script that reports page views, whether anything keeps it from loading or from
// reaching where it reports, and whether the browser remembers anything for a tab. Reports no page view.

(async () => {
  "use strict";
  const table = document.querySelector("[data-browser-check]");
  if (!table) return;

  const show = (outcome) => {
    for (const one of table.querySelectorAll("[data-outcome]")) one.hidden = one.dataset.outcome !== outcome;
  };

  const remembers = () => {
    try {
      sessionStorage.setItem("va:check", "1");
      sessionStorage.removeItem("va:check");
      return true;
    } catch {
      return false;
    }
  };

  /* Whether a request leaves the browser at all: what answers it, and whether we may read that, does not matter. */
  const reaches = (url) => fetch(url, { mode: "no-cors", cache: "no-store" }).then(() => true, () => false);

  const carriesScript = async () => {
    const response = await fetch(table.dataset.start, { credentials: "same-origin", cache: "no-store" });
    if (!response.ok) throw new Error(`The start page answered ${response.status}.`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return [...page.querySelectorAll("script[data-endpoint]")].some(
      (script) => script.dataset.endpoint === table.dataset.endpoint,
    );
  };

  const find = async () => {
    if (navigator.webdriver) return "automated";
    try {
      if (!(await carriesScript())) return "missing";
    } catch {
      return "unreadable";
    }
    const reached = await Promise.all([reaches(table.dataset.script), reaches(table.dataset.endpoint)]);
    if (reached.includes(false)) return "blocked";
    return remembers() ? "good" : "forgetful";
  };

  show("asking");
  show(await find());
})();
