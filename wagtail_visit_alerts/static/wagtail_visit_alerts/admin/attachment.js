// The step "Details": puts variables into the template, and shows the attachment as it is typed.

window.wagtail.app.register(
  "visit-alerts-attachment",
  class extends window.StimulusModule.Controller {
    static targets = ["piece", "preview"];
    static values = { preview: String, failed: String, insert: String };

    connect() {
      this.form = this.element.closest("form");
      this.area = this.element.querySelector("textarea[name=attachment_body]");
      // The place where the cursor was is kept by the text area, also while a button has the focus.
      for (const piece of this.pieceTargets) this.makeButton(piece);
    }

    /** The list can be read without this script; with it each piece can be pressed. */
    makeButton(piece) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "visit-alerts-variables__button";
      button.setAttribute("aria-label", this.insertValue.replace("%(piece)s", piece.textContent));
      button.addEventListener("click", () => this.insert(piece.textContent));
      piece.replaceWith(button);
      button.append(piece);
    }

    insert(text) {
      this.area.focus();
      this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
      this.area.dispatchEvent(new Event("input", { bubbles: true }));
    }

    async show() {
      const body = new FormData(this.form);
      for (const name of ["sample_contact", "sample_place"]) {
        const field = this.element.querySelector(`[name="${name}"]`);
        if (field) body.set(name, field.value);
      }
      this.previewTarget.setAttribute("aria-busy", "true");
      try {
        const response = await fetch(this.previewValue, { method: "POST", body });
        // A redirect leads to where a person logs in.
        if (!response.ok || response.redirected) throw new Error(`The preview answered ${response.status}.`);
        this.previewTarget.innerHTML = await response.text();
      } catch {
        this.previewTarget.textContent = this.failedValue;
      }
      this.previewTarget.removeAttribute("aria-busy");
    }
  },
);
