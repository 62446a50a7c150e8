/*
 * Reports each page view to the site itself: one message when the page is entered, one when it is left, and one
 * when it has been in view for as long as the server asked. The entry names the page view before it in the same
 * tab and how long that one lasted, so that "moved on" never depends on a message sent while a page closes.
 * Keeps nothing but sessionStorage, and not even that before there is consent; never writes to the console.
 *
 * "make scripts" makes page-view.js of it, which must not be over 1,536 bytes when it is compressed. Hence variables,
 * whose names are shortened, instead of properties, and one function that looks at all of them once a second.
 */
(() => {
  const script = document.currentScript;
  const navigation = performance.getEntriesByType("navigation")[0] || {};
  const said = window.visitAlerts || []; // by the site's own scripts, before this one was there
  /* Of two tags by mistake the first counts. No page view is an error page, whatever template it extends, nor what
     another page shows in a frame. */
  if (!script || !said.map || self != top || navigator.webdriver || navigation.responseStatus >= 400) return;

  const { endpoint, link, consent } = script.dataset;
  const LEFT = "va:left"; // the page view that this tab has just left: measured, tab, URL, when
  const UNSENT = "va:unsent"; // entries that the server has not confirmed
  const TEST = "va:test"; // the token of a test visit, and when this tab began it
  const TAB = "va:tab"; // for a page that was opened ahead: it does not see what the one before it writes last

  /* Of the next entry; none while the page is left. */
  let how = navigation.type == "reload" ? "reload" : document.prerendering ? "restore" : "load";
  let page = script.dataset.page; // the id of the Wagtail page
  let id; // of the page view under way
  let tab, url, previous, wallStart, monotonicStart, shownAt;
  let engaged; // ms in view
  let lookedAt, isVisible;
  let reportAt; // ms in view after which to report that
  let isWaiting; // the entry waits, for consent or for a sign of life
  let token; // of a signed link, until it is sent
  let sign; // of life that a person has given
  let test; // the token of the test visit that goes on in this tab
  let granted; // what the banner has said in this page
  let wasAllowed;

  const read = (key) => {
    try {
      return JSON.parse(sessionStorage[key]);
    } catch {}
  };
  /* All that is kept are lists; an empty one is not kept. */
  const write = (key, value) => {
    try {
      if (value?.[0]) sessionStorage[key] = JSON.stringify(value);
      else delete sessionStorage[key];
    } catch {} // Storage is off: the page view is reported all the same, without the one before it.
  };
  const unsent = () => read(UNSENT) || [];
  /* Cut, so that four of them fit into a message. */
  const address = () => (location.pathname + location.search).slice(0, 600);
  const isAllowed = () => test || (granted ?? (!consent || document.cookie.match(consent)));

  /* The answer to an entry says after how many seconds in view to report that; the answer to that, when again. Where
     there is none, that is asked again after 30 seconds in view. */
  const post = (type, message) => {
    const here = id;
    return fetch(endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ version: 1, type, test, consent: granted, ...message }),
      keepalive: true,
    })
      .then((response) => response.ok && response.json())
      .catch(() => {})
      .then((answer) => {
        if (id == here) reportAt = answer ? answer.at?.[0] * 1000 : engaged + 30000;
        return answer;
      });
  };

  const measured = () => ({
    id,
    wall: Date.now() - wallStart,
    monotonic: performance.now() - monotonicStart,
    engaged,
  });

  const report = () => {
    if (!isWaiting) return;
    write(TAB, [tab]);
    const entry = { id, tab, url, page: +page || null, how, previous, at: wallStart };
    const opened = token && sign && { token, sign };
    /* A test visit's are neither kept for later, nor do they take anything real along. */
    const others = test ? [] : unsent().filter((other) => other.id != id);
    if (!test) write(UNSENT, [...others.slice(-2), entry]);
    isWaiting = token = 0;
    const send = (retries) =>
      post("entry", {
        ...entry,
        ...opened,
        ago: performance.now() - shownAt,
        navigation: performance.now(),
        unsent: others.map((other) => ({ ...other, ago: Date.now() - other.at })),
      }).then((answer) => {
        if (answer && !answer.again) write(UNSENT, unsent().filter((other) => other.at > entry.at));
        else if (retries) setTimeout(() => id == entry.id && send(retries - 1), answer ? 0 : 3000);
      });
    send(2);
  };

  const enter = () => {
    const [before, itsTab, itsUrl, leftAt] = read(LEFT) || [];
    const [testToken, testBegan] = read(TEST) || [];
    const now = Date.now();
    write(LEFT);
    test = now - testBegan < 36e5 ? testToken : write(TEST); // a test visit goes on for an hour
    url = address();
    lookedAt = shownAt = performance.now();
    isWaiting = 1;
    reportAt = 0;
    if (how == "reload" && itsUrl == url) {
      /* The same page view goes on. */
      id = before.id;
      wallStart = leftAt - before.wall;
      monotonicStart = -before.monotonic;
      engaged = before.engaged;
    } else {
      /* 32 digits are a UUID, too; crypto.randomUUID is there only on HTTPS. */
      id = crypto.getRandomValues(new Uint8Array(32)).map((byte) => byte % 10).join("");
      wallStart = now;
      monotonicStart = shownAt;
      engaged = 0;
      previous = before && { ...before, gap: now - leftAt };
    }
    tab = itsTab || (how == "restore" && read(TAB)?.[0]) || id;
  };

  const withdraw = () => post("withdraw").then((answer) => answer || isAllowed() || setTimeout(withdraw, 30000));

  const leave = () => {
    if (id && isAllowed()) {
      report();
      write(LEFT, [measured(), tab, url, Date.now()]);
      post("end", measured());
    }
    id = 0;
  };

  const look = () => {
    const now = performance.now();
    /* Neither what passed while the page was hidden counts, nor while the computer was asleep: looks are a second
       apart while it is in view. */
    if (isVisible && now - lookedAt < 9999) engaged += now - lookedAt;
    lookedAt = now;
    isVisible = document.visibilityState == "visible";

    if (!id && how && isVisible) enter();
    if (wasAllowed && !isAllowed()) {
      withdraw();
      write(UNSENT);
      write(TAB);
      id = 0;
    }
    wasAllowed = isAllowed();
    if (!id || !wasAllowed) return;
    if (!token || sign) report();
    else if (engaged >= 5000) sign = "visible";
    if (reportAt && engaged >= reportAt) {
      reportAt = 0;
      post("in_view", measured());
    }
  };

  /* What a site's own scripts may say, as docs/script.md has it. */
  window.visitAlerts = {
    push(item) {
      if ("consent" in item) granted = !!item.consent;
      if ("page" in item) {
        if (id) how = "navigate";
        leave();
        page = item.page;
      }
      look();
    },
  };

  /* The token is taken out of the address before anything else can read or store it. */
  const bare = new URL(location);
  token = bare.searchParams.get(link);
  if (token) {
    bare.searchParams.delete(link);
    history.replaceState(history.state, "", bare);
    if (token.startsWith("test.")) token = write(TEST, [token, Date.now()]);
    else
      ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "scroll"].map((name) =>
        addEventListener(
          name,
          () => {
            sign = name;
            look();
          },
          { once: true },
        ),
      );
  }

  addEventListener("visibilitychange", look, true);
  setInterval(look, 1000);
  addEventListener("pagehide", () => {
    look();
    leave();
    how = 0;
  });
  /* Reading the page view before this one at once would miss it: the other page may still be writing it. */
  addEventListener(
    "pageshow",
    (event) =>
      event.persisted &&
      setTimeout(() => {
        how = "restore";
        look();
      }),
  );
  said.map(window.visitAlerts.push);
  look();
})();
