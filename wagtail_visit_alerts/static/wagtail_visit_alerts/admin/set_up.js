// Asks for the parts of the set-up page that take a while, once the page is shown. Without it a link does.

(() => {
  for (const place of document.querySelectorAll("[data-visit-alerts-load]")) {
    place.setAttribute("aria-busy", "true");
    fetch(place.dataset.visitAlertsLoad, { headers: { "X-Requested-With": "XMLHttpRequest" } })
      .then((response) => {
        // A redirect leads to where a person logs in, or is told what they may not do.
        if (!response.ok || response.redirected) throw new Error(`The page answered ${response.status}.`);
        return response.text();
      })
      .then((html) => {
        place.innerHTML = html;
      })
      .catch(() => {
        place.append(` ${place.dataset.failed}`);
      })
      .finally(() => place.removeAttribute("aria-busy"));
  }
})();
