// Keeps the list of who is on the site up to date while somebody looks at it. The server answers with the list as
// HTML, or that nothing has changed; only the rows that have changed are touched, and the focus stays where it is.

(() => {
  /** Milliseconds between two attempts at most, however often the site did not answer. */
  const LONGEST_PAUSE = 300_000;

  window.wagtail.app.register(
    "visit-alerts-on-site",
    class extends window.StimulusModule.Controller {
      static targets = ["list", "note", "reload"];
      static values = { url: String, seconds: Number, zone: String, late: String, ended: String };

      connect() {
        this.updatedAt = new Date();
        this.failures = 0;
        this.list = this.listTarget;
        this.reloadTarget.hidden = true;
        // What is said to people who can't see it: how many are there, when that changes; not every row.
        this.part("sum").setAttribute("role", "status");
        this.seen = () => (document.hidden ? this.pause() : this.ask());
        document.addEventListener("visibilitychange", this.seen);
        if (!document.hidden) this.later();
      }

      disconnect() {
        this.end();
      }

      end() {
        this.pause();
        document.removeEventListener("visibilitychange", this.seen);
      }

      pause() {
        clearTimeout(this.timer);
        this.asked?.abort();
      }

      later() {
        clearTimeout(this.timer);
        const pause = Math.min(this.secondsValue * 1000 * 2 ** this.failures, LONGEST_PAUSE);
        this.timer = setTimeout(() => this.ask(), pause);
      }

      async ask() {
        this.pause();
        const asked = (this.asked = new AbortController());
        try {
          const response = await fetch(this.urlValue, {
            headers: { "X-Requested-With": "XMLHttpRequest", ...(this.tag && { "If-None-Match": this.tag }) },
            cache: "no-store",
            redirect: "manual",
            signal: asked.signal,
          });
          if (this.isOver(response)) {
            this.end();
            this.reloadTarget.hidden = false;
            return this.say(this.endedValue);
          }
          if (!response.ok && response.status !== 304) throw new Error(`The list answered ${response.status}.`);
          if (response.ok) {
            this.show(await response.text());
            this.tag = response.headers.get("ETag");
          }
          this.updatedAt = new Date();
          this.failures = 0;
          this.say("");
        } catch (error) {
          if (error.name === "AbortError" || asked !== this.asked) return;
          this.failures += 1;
          this.say(this.lateValue);
        }
        this.later();
      }

      /** Logged out, or the permission is gone: asking again would be of no use. */
      isOver(response) {
        return response.type === "opaqueredirect" || [401, 403, 404].includes(response.status);
      }

      part(name, within = this.list) {
        return within.querySelector(`[data-part="${name}"]`);
      }

      show(html) {
        const answer = document.createElement("template");
        answer.innerHTML = html;
        const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.key : "";
        for (const name of ["sum", "more"]) {
          const [old, made] = [this.part(name), this.part(name, answer.content)];
          // What has not changed is not read out again.
          if (old.innerHTML !== made.innerHTML) old.innerHTML = made.innerHTML;
        }
        this.showRows(this.part("rows"), this.part("rows", answer.content));
        if (focused && document.activeElement?.dataset.key !== focused) {
          this.list.querySelector(`a[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
        }
      }

      showRows(place, made) {
        const old = new Map([...place.children].map((row) => [row.dataset.key, row]));
        for (const [number, row] of [...made.children].entries()) {
          const known = old.get(row.dataset.key);
          old.delete(row.dataset.key);
          const shown = known?.outerHTML === row.outerHTML ? known : row;
          if (known && shown !== known) known.replaceWith(shown);
          if (place.children[number] !== shown) place.insertBefore(shown, place.children[number] || null);
        }
        for (const gone of old.values()) gone.remove();
      }

      /** The time of day in the zone of the list's own times, which need not be the browser's. */
      clock(at) {
        const [lang, format] = [document.documentElement.lang, { hour: "numeric", minute: "2-digit" }];
        try {
          return at.toLocaleTimeString(lang, { ...format, timeZone: this.zoneValue });
        } catch {
          return at.toLocaleTimeString(lang, format); // a zone that the browser does not know
        }
      }

      say(text) {
        const said = text.replace("{time}", this.clock(this.updatedAt));
        if (this.noteTarget.textContent !== said) this.noteTarget.textContent = said;
      }
    },
  );
})();
