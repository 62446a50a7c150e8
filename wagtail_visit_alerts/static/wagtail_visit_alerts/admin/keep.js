// Keeps what is typed in a step of the wizard: on the server after each pause, and in this tab where that fails.
//
// The server's copy survives a closed browser. The tab's copy survives a session that has ended in the meantime:
// the browser is sent to log in, comes back to the step, and what was typed is posted again and shown.

(() => {
  /** Milliseconds without typing before the server is told. */
  const PAUSE = 1200;
  /** Milliseconds after which Wagtail's rich text editor has put what was typed into its field. */
  const EDITOR_PAUSE = 300;
  /** Milliseconds that a button waits for the server to take an earlier copy. */
  const PATIENCE = 5000;
  /** Bytes that a browser sends while its page closes, and what a multipart form adds to each field. */
  const MOST_AT_CLOSE = 60_000;
  const BYTES_PER_FIELD = 200;
  const COPY = "visit-alerts-typed";
  const NOT_TYPED = ["csrfmiddlewaretoken", "go", "overwrite"];

  const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  window.wagtail.app.register(
    "visit-alerts-keep",
    class extends window.StimulusModule.Controller {
      static targets = ["status"];
      static values = { digest: String, limit: Number, lost: String, large: String };

      connect() {
        this.form = document.getElementById("w-editor-form");
        this.listeners = new AbortController();
        const { signal } = this.listeners;
        this.form.addEventListener("submit", (event) => this.submit(event), { signal });
        for (const name of ["input", "change", "w-formset:added", "w-formset:removed"]) {
          this.form.addEventListener(name, (event) => this.later(event), { signal });
        }
        document.addEventListener("visibilitychange", () => document.hidden && this.keep({ closing: true }), { signal });
        this.say("");
        if (!this.restore()) this.kept = this.typed();
      }

      disconnect() {
        this.listeners.abort();
        clearTimeout(this.timer);
      }

      /** What is typed, as text that can be compared and posted again. */
      typed() {
        const entries = [...new FormData(this.form)].filter(([name]) => !NOT_TYPED.includes(name));
        return JSON.stringify(entries);
      }

      later(event) {
        if (event.target.isContentEditable) this.editedAt = Date.now();
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.keep(), PAUSE);
      }

      /** Tells the server what is typed, if it does not know yet. */
      keep({ closing = false } = {}) {
        clearTimeout(this.timer);
        const typed = this.typed();
        if (this.kept === undefined || typed === this.kept || this.isTooLarge(typed)) return;
        if (closing) {
          // A reload may read the step before the server has taken what is posted here.
          this.store(typed);
          if (typed.length > MOST_AT_CLOSE) return;
        }
        const before = this.keeping || Promise.resolve();
        this.keeping = before.then(() => this.post(typed, { keepalive: closing }));
      }

      async post(typed, { keepalive = false, again = true } = {}) {
        const body = new FormData();
        for (const [name, value] of JSON.parse(typed)) body.append(name, value);
        body.append("go", "keep");
        body.append("csrfmiddlewaretoken", this.token.value);
        try {
          const response = await fetch(window.location.href, { method: "POST", body, keepalive });
          // Somebody has logged in again in another tab: this page's token is none any more.
          if (response.status === 403 && again && (await this.renewToken())) {
            return this.post(typed, { keepalive, again: false });
          }
          // A redirect leads to where a person logs in.
          if (!response.ok || response.redirected) throw new Error(`The step answered ${response.status}.`);
          this.digestValue = (await response.json()).digest;
          this.kept = typed;
          this.say("");
          return true;
        } catch {
          this.say(this.lostValue);
          return false;
        }
      }

      get token() {
        return this.form.querySelector("input[name=csrfmiddlewaretoken]");
      }

      async renewToken() {
        const response = await fetch(window.location.href);
        if (response.redirected) return false;
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const token = page.querySelector("#w-editor-form input[name=csrfmiddlewaretoken]")?.value;
        if (token) for (const input of document.getElementsByName("csrfmiddlewaretoken")) input.value = token;
        return Boolean(token);
      }

      async submit(event) {
        if (this.isLetThrough) return;
        const typed = this.typed();
        if (this.isTooLarge(typed)) {
          event.preventDefault();
          event.stopImmediatePropagation();
          this.say(this.largeValue);
          return;
        }
        clearTimeout(this.timer);
        const isEditing = Date.now() - (this.editedAt || 0) < EDITOR_PAUSE;
        if ((!this.keeping && !isEditing) || event.submitter?.hasAttribute("formaction")) {
          this.leave(typed);
          return;
        }
        // An earlier copy may still be on its way, and must not arrive after this one.
        event.preventDefault();
        event.stopImmediatePropagation();
        await Promise.race([this.keeping, wait(PATIENCE)]);
        // Not at once in any case: while this event is handled, a form takes no other submission.
        await wait(isEditing ? EDITOR_PAUSE : 0);
        this.leave(this.typed());
        this.submitAs(event.submitter);
      }

      /** Submits the form as if a button had, even if that is disabled by now. */
      submitAs(button) {
        const pressed = document.createElement("input");
        Object.assign(pressed, { type: "hidden", name: button?.name || "", value: button?.value || "" });
        this.form.append(pressed);
        this.isLetThrough = true;
        this.form.requestSubmit();
        this.isLetThrough = false;
        pressed.remove();
      }

      leave(typed) {
        if (typed === this.kept) {
          sessionStorage.removeItem(COPY);
        } else {
          this.store(typed);
        }
        this.kept = typed;
      }

      store(typed) {
        const copy = { path: window.location.pathname, digest: this.digestValue, typed };
        try {
          sessionStorage.setItem(COPY, JSON.stringify(copy));
        } catch {
          // A browser without room or without storage: the copy on the server has to do.
        }
      }

      /** Posts again what was typed here before the browser was sent to log in. */
      restore() {
        const copy = JSON.parse(sessionStorage.getItem(COPY) || "null");
        if (copy?.path !== window.location.pathname) return false;
        sessionStorage.removeItem(COPY);
        // The server has something newer: the copy came through.
        if (copy.digest !== this.digestValue) return false;
        this.post(copy.typed).then((isKept) => {
          if (!isKept) return;
          // What the form shows is older than what was posted: it is not to be kept while the page reloads.
          this.kept = undefined;
          window.location.reload();
        });
        return true;
      }

      isTooLarge(typed) {
        if (!this.limitValue) return false;
        const entries = JSON.parse(typed);
        const text = entries.flat().join("");
        return new Blob([text]).size + entries.length * BYTES_PER_FIELD > this.limitValue;
      }

      /** Says what is wrong; Wagtail asks before leaving only then. */
      say(text) {
        this.statusTarget.textContent = text;
        this.form.setAttribute("data-w-unsaved-confirmation-value", String(Boolean(text)));
      }
    },
  );
})();
