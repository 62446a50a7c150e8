// Keeps the keyboard's place when a row of the wizard's "Pages" step comes or goes.

window.wagtail.app.register(
  "visit-alerts-rows",
  class extends window.StimulusModule.Controller {
    static targets = ["add"];

    added({ target }) {
      target.querySelector("input[type=radio]:checked")?.focus();
    }

    removed() {
      this.addTarget.focus();
    }
  },
);
