// Keeps the keyboard's place when a row of the wizard's "Pages" step comes or goes, and says when there can be no more.

window.wagtail.app.register(
  "visit-alerts-rows",
  class extends window.StimulusModule.Controller {
    static targets = ["add", "full"];

    connect() {
      this.limit = Number(this.element.querySelector("[data-w-formset-target=maxFormsInput]").value);
      this.limitRows();
    }

    added({ target }) {
      target.querySelector("input[type=radio]:checked")?.focus();
      this.limitRows();
    }

    removed({ target }) {
      // To the row that took its place, else to the last one; without any, to the button for another.
      const rows = this.rows;
      const next = rows.find((row) => target.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING);
      const row = next || rows.at(-1);
      this.limitRows();
      (row?.querySelector(".visit-alerts-row__remove") || this.addTarget).focus();
    }

    limitRows() {
      const isFull = this.rows.length >= this.limit;
      this.addTarget.disabled = isFull;
      this.fullTarget.hidden = !isFull;
    }

    get rows() {
      return [...this.element.querySelectorAll("[data-w-formset-target=child]")];
    }
  },
);
