/*
 * For sites that change the page without loading another one (htmx, single-page sites) and have set SINGLE_PAGE: tells
 * page-view.js whenever path or query are others than before. Neither a hash nor the same address again is a page view.
 */
(() => {
  const visitAlerts = window.visitAlerts;
  if (!visitAlerts || visitAlerts.map || visitAlerts.single) return; // not recorded, or the tag is there twice
  visitAlerts.single = true;

  const address = () => location.pathname + location.search;
  const findTag = () => document.querySelector("script[data-endpoint]");
  let shown = address();
  let tag = findTag();

  /* Not at once: whoever changes the address may put the new content in its place only afterwards. */
  const look = () =>
    setTimeout(() => {
      if (address() == shown) return;
      const found = findTag();
      /* A tag that came with the new content says which page that is; an older one says nothing of it. */
      visitAlerts.push({ page: found != tag && found ? found.dataset.page : null });
      shown = address();
      tag = found;
    });

  for (const name of ["pushState", "replaceState"]) {
    const own = history[name];
    history[name] = function (...given) {
      own.apply(this, given);
      look();
    };
  }
  addEventListener("popstate", look);
})();
