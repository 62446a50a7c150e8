// Shows the e-mail for the chosen contact and page, where there is one, and what comes of a test visit while it goes on.

(() => {
  /** Milliseconds between two questions, and after which nobody is waiting for a visit that was begun here. */
  const PAUSE = 3000;

  window.wagtail.app.register(
    "visit-alerts-sample",
    class extends window.StimulusModule.Controller {
      static targets = ["preview", "findings"];
      static values = { preview: String, findings: String, failed: String };

      connect() {
        this.isGoingOn = this.saysGoingOn();
        this.timer = setInterval(() => this.ask(), PAUSE);
        this.show();
      }

      disconnect() {
        clearInterval(this.timer);
        this.asked?.abort();
      }

      /** A test visit begins in a new tab: from now on there is something to ask for. */
      begin() {
        this.isGoingOn = true;
      }

      async show() {
        if (!this.hasPreviewTarget) return;
        this.asked?.abort();
        const asked = (this.asked = new AbortController());
        const query = new URLSearchParams();
        for (const field of this.element.querySelectorAll("[name=sample_contact], [name=sample_place]")) {
          query.set(field.name, field.value);
        }
        this.previewTarget.setAttribute("aria-busy", "true");
        try {
          this.previewTarget.innerHTML = await this.read(`${this.previewValue}?${query}`, asked.signal);
        } catch (error) {
          if (error.name === "AbortError") return;
          this.previewTarget.textContent = this.failedValue;
        }
        this.previewTarget.removeAttribute("aria-busy");
      }

      async ask() {
        if (!this.isGoingOn || document.hidden || this.isAsking) return;
        this.isAsking = true;
        try {
          const html = await this.read(this.findingsValue);
          // What has not changed is not read out again.
          if (html !== this.shown) this.findingsTarget.innerHTML = this.shown = html;
          this.isGoingOn = !this.findingsTarget.firstElementChild || this.saysGoingOn();
        } catch {
          // Asked again in a moment; whoever is logged out is told by everything else on the page.
        }
        this.isAsking = false;
      }

      async read(url, signal) {
        const response = await fetch(url, { signal });
        // A redirect leads to where a person logs in.
        if (!response.ok || response.redirected) throw new Error(`The wizard answered ${response.status}.`);
        return response.text();
      }

      saysGoingOn() {
        return this.findingsTarget.querySelector("[data-going-on]")?.dataset.goingOn === "true";
      }
    },
  );
})();
