/*
 * Reports each page view to the site itself: one message when the page is entered, one when it is left. The
 * entry names the page view before it in the same tab and how long that one lasted, so that "moved on" never
 * depends on a message sent while a page closes. Keeps nothing but sessionStorage; never writes to the console.
 */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || document.visitAlerts || navigator.webdriver) return;
  document.visitAlerts = true;

  const navigation = performance.getEntriesByType("navigation")[0] || {};
  if (navigation.responseStatus >= 400) return; // an error page is no page view, whatever template it extends

  const LEFT = "va:left"; // the page view that this tab has just left
  const UNSENT = "va:unsent"; // entries that the server has not confirmed
  const RETRY_AFTER = 3000; // ms until an entry that the server did not take is sent once more
  const TICK = 5000; // ms between two looks at the clock while the page is visible
  const SIGN_AFTER = 5000; // ms in view that count as a person's sign of life
  const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "scroll"];

  const read = (key) => {
    try {
      return JSON.parse(sessionStorage.getItem(key));
    } catch {
      return null;
    }
  };
  const write = (key, value) => {
    try {
      if (value) sessionStorage.setItem(key, JSON.stringify(value));
      else sessionStorage.removeItem(key);
    } catch {
      // Storage is off: the page view is reported all the same, without the one before it.
    }
  };
  const unsent = () => read(UNSENT) || [];
  const newId = () => {
    if (crypto.randomUUID) return crypto.randomUUID(); // only in a secure context
    const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0"));
    return hex.join("");
  };
  const post = (body) =>
    fetch(script.dataset.endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ version: 1, ...body }),
      credentials: "same-origin",
      keepalive: true,
    })
      .then((response) => (response.ok ? response.json() : null))
      .catch(() => null);

  let view = null; // the page view under way
  let token = null; // of a signed link, until a person has given a sign of life
  let waiting = false; // the entry message waits for that sign

  /* The address without the link's token: it is taken out before anything else can read or store it. */
  const takeToken = () => {
    const url = new URL(location.href);
    const found = url.searchParams.get(script.dataset.link);
    if (found) {
      url.searchParams.delete(script.dataset.link);
      history.replaceState(history.state, "", url);
    }
    return found;
  };

  /* Adds what has passed since the last look, unless the page was hidden or the computer asleep meanwhile. */
  const look = () => {
    const now = performance.now();
    if (view.visible && now - view.looked < 2 * TICK) view.engaged += now - view.looked;
    view.looked = now;
    view.visible = document.visibilityState === "visible";
  };
  const measure = () => {
    look();
    return {
      id: view.id,
      wall: Math.round(view.wallBefore + Date.now() - view.wallStart),
      monotonic: Math.round(view.monotonicBefore + performance.now() - view.monotonicStart),
      engaged: Math.round(view.engaged),
    };
  };

  const report = (sign) => {
    if (!waiting) return;
    waiting = false;
    const { wallStart, monotonicStart } = view;
    const entry = { ...view.entry };
    if (token && sign) Object.assign(entry, { token, sign });
    token = null;
    const others = unsent().filter((other) => other.id !== entry.id).slice(-3);
    write(UNSENT, [...others.slice(-2), { ...view.entry, at: wallStart }]);
    const sent = [entry, ...others].map((other) => other.id);
    const message = () =>
      post({
        type: "entry",
        ...entry,
        ago: Math.round(performance.now() - monotonicStart),
        navigation: Math.round(performance.now()),
        unsent: others.map(({ at, ...other }) => ({ ...other, ago: Math.max(0, Date.now() - at) })),
      });
    message()
      .then((answer) => answer || new Promise((done) => setTimeout(done, RETRY_AFTER)).then(message))
      .then((answer) => (answer && answer.again ? message() : answer))
      .then((answer) => answer && write(UNSENT, unsent().filter((other) => !sent.includes(other.id))));
  };

  /* Being in view for a while is a sign of life too, however often the page was hidden in between. */
  const waitInView = () =>
    setTimeout(() => {
      if (!waiting) return;
      look();
      if (view.engaged >= SIGN_AFTER) report("visible");
      else waitInView();
    }, 1000);

  const enter = (how) => {
    const left = read(LEFT);
    write(LEFT, null);
    const url = location.pathname + location.search;
    const again = how === "reload" && left && left.url === url ? left : null;
    view = {
      id: again ? again.id : newId(),
      tab: left ? left.tab : newId(),
      url,
      wallStart: Date.now(),
      monotonicStart: performance.now(),
      wallBefore: again ? Math.max(0, again.wall + Date.now() - again.at) : 0,
      monotonicBefore: again ? again.monotonic + performance.now() : 0,
      engaged: again ? again.engaged : 0,
      looked: performance.now(),
      visible: true,
    };
    const before = left && !again && { ...left, gap: Date.now() - left.at };
    view.entry = {
      id: view.id,
      tab: view.tab,
      url,
      page: Number(script.dataset.page) || null,
      how: again ? "reload" : how === "restore" ? how : "load",
      previous: before
        ? { id: before.id, wall: before.wall, monotonic: before.monotonic, engaged: before.engaged, gap: before.gap }
        : null,
    };
    waiting = true;
    if (token) {
      SIGNS.forEach((name) => addEventListener(name, () => report(name), { once: true, passive: true }));
      waitInView();
    } else report();
  };

  addEventListener("visibilitychange", () => view && look(), true);
  setInterval(() => view && look(), TICK);
  addEventListener("pagehide", () => {
    if (!view) return;
    report();
    const measured = measure();
    write(LEFT, { ...measured, tab: view.tab, url: view.url, at: Date.now() });
    post({ type: "end", ...measured });
    view = null;
  });
  /* Reading the page view before this one at once would miss it: the other page may still be writing it. */
  addEventListener("pageshow", (event) => event.persisted && setTimeout(() => enter("restore")));

  /* A page counts when it is really shown: not while it is prerendered or loads in a tab behind. */
  const whenShown = () => {
    if (document.prerendering) document.addEventListener("prerenderingchange", whenShown, { once: true });
    else if (document.visibilityState !== "visible")
      document.addEventListener("visibilitychange", whenShown, { once: true });
    else if (!view) enter(navigation.type);
  };
  token = takeToken();
  whenShown();
})();
