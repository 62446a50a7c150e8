// Shows beside a step of the wizard what it would do as it is typed: asks the server, after a pause in typing.
//
// The answer is HTML, each part of which names the element that it goes into. Only the latest answer counts.

(() => {
  /** Milliseconds without typing before the server is asked. */
  const PAUSE = 350;
  const ROWS = /^pages-\d+-/;
  const DEFAULTS = { role: "watch", kind: "page" };

  /**
   * Leaves out what the server takes for granted: a row removed, an empty field, a choice as it is at first.
   * Django takes 1,000 fields at most unless a site says otherwise, and 200 rows have more.
   */
  function shorten(data) {
    const entries = [...data.entries()].filter(([name]) => ROWS.test(name));
    const removed = new Set(
      entries.filter(([name, value]) => name.endsWith("-DELETE") && value).map(([name]) => name.match(ROWS)[0]),
    );
    const posted = new Map();
    for (const [name, value] of entries) posted.set(name, [...(posted.get(name) || []), value]);
    for (const [name, values] of posted) {
      const [row] = name.match(ROWS);
      const field = name.slice(row.length);
      const isDefault = values.every((value) => value === (DEFAULTS[field] || ""));
      if (field === "DELETE" ? values.every((value) => !value) : removed.has(row) || isDefault) data.delete(name);
    }
  }

  window.wagtail.app.register(
    "visit-alerts-check",
    class extends window.StimulusModule.Controller {
      static targets = ["failed"];
      static values = { url: String, failed: String };

      connect() {
        this.form = this.element.closest("form");
        this.shorten = (event) => shorten(event.formData);
        this.form.addEventListener("formdata", this.shorten);
        this.check();
      }

      disconnect() {
        this.form.removeEventListener("formdata", this.shorten);
        clearTimeout(this.timer);
        this.asked?.abort();
      }

      later() {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.check(), PAUSE);
      }

      async check() {
        this.asked?.abort();
        const asked = (this.asked = new AbortController());
        try {
          const response = await fetch(this.urlValue, {
            method: "POST",
            body: new FormData(this.form),
            headers: { "X-Requested-With": "XMLHttpRequest" },
            signal: asked.signal,
          });
          // A redirect leads to where a person logs in, or is told what they may not do.
          if (!response.ok || response.redirected) throw new Error(`The check answered ${response.status}.`);
          this.show(await response.text());
          this.say("");
        } catch (error) {
          if (asked === this.asked && error.name !== "AbortError") this.say(this.failedValue);
        }
      }

      show(html) {
        const answer = document.createElement("template");
        answer.innerHTML = html;
        for (const part of answer.content.querySelectorAll("[data-slot]")) {
          const place = document.getElementById(part.dataset.slot);
          // What has not changed is not read out again.
          if (place && place.innerHTML !== part.innerHTML) this.replace(place, part);
        }
      }

      replace(place, part) {
        const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
        place.replaceChildren(...part.childNodes);
        if (focused) (document.getElementById(focused) || this.pathBeside(place))?.focus();
      }

      pathBeside(place) {
        return document.getElementById(`id_${place.id.replace(/-slot$/, "-path")}`);
      }

      /** Puts the value of a button into the field of the same name, as posting it would. */
      take(event) {
        event.preventDefault();
        const { name, value, id } = event.currentTarget;
        const field = this.form.querySelector(`input[name="${name}"]`);
        field.value = value;
        if (!id) field.focus();
        clearTimeout(this.timer);
        this.check();
      }

      say(text) {
        if (this.hasFailedTarget) this.failedTarget.textContent = text;
      }
    },
  );
})();
