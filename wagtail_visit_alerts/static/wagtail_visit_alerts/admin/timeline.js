// A contact's timeline: shows older parts, and the answers for page views, in place. Without it links go to them.

(() => {
  /** The part of a page that an address of ours has: without menus, as HTML. */
  async function part(url) {
    const address = new URL(url, document.baseURI);
    address.searchParams.set("part", "");
    const response = await fetch(address);
    // A redirect leads to where a person logs in.
    if (!response.ok || response.redirected) throw new Error(`The timeline answered ${response.status}.`);
    return response.text();
  }

  window.wagtail.app.register(
    "visit-alerts-older",
    class extends window.StimulusModule.Controller {
      static targets = ["link"];
      static values = { failed: String };

      async load(event) {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        if (this.isLoading) return;
        this.isLoading = true;
        const place = this.linkTarget;
        place.setAttribute("aria-busy", "true");
        try {
          const older = document.createElement("div");
          older.innerHTML = await part(event.currentTarget.href);
          older.tabIndex = -1;
          place.replaceWith(older);
          // What was pressed is gone: a keyboard goes on where the older ones begin.
          older.focus({ preventScroll: true });
        } catch {
          place.removeAttribute("aria-busy");
          place.querySelector("[role=alert]")?.remove();
          const failed = document.createElement("span");
          failed.setAttribute("role", "alert");
          failed.textContent = this.failedValue;
          place.append(failed);
        }
        this.isLoading = false;
      }
    },
  );

  window.wagtail.app.register(
    "visit-alerts-why",
    class extends window.StimulusModule.Controller {
      static targets = ["answer"];
      static values = { url: String };

      async load() {
        if (!this.element.open || this.isLoaded) return;
        this.isLoaded = true;
        try {
          this.answerTarget.innerHTML = await part(this.urlValue);
        } catch {
          // The link to the answer is still there.
          this.isLoaded = false;
        }
      }
    },
  );
})();
