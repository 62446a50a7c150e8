// Shows the addresses of a text area as chips, those that can't be right marked.

(() => {
  // A part is a name in quotes, an address in angle brackets, or anything else up to the next separator.
  const PART = /(?:"[^"\n\r]*"|<[^<>\n\r]*>|[^,;\n\r])+/g;
  const WITH_NAME = /^[^<>]*<\s*(?:mailto:)?([^<>]*?)\s*>$/;

  function isAddress(text) {
    const probe = Object.assign(document.createElement("input"), { type: "email", value: text });
    return text.includes(".", text.lastIndexOf("@")) && probe.checkValidity();
  }

  window.wagtail.app.register(
    "visit-alerts-chips",
    class extends window.visitAlertsChipList {
      itemsIn(text) {
        return (text.match(PART) || []).flatMap((part) => {
          const stripped = part.trim().replace(/^mailto:/, "");
          const withName = stripped.match(WITH_NAME);
          if (withName) return [withName[1]];
          const words = stripped.split(/\s+/).filter(Boolean);
          return words.every((word) => word.includes("@")) ? words : [stripped];
        });
      }

      isDoubtful(item) {
        return !isAddress(item);
      }

      isWhole() {
        return /[,;\n\r]/.test(this.input.value);
      }

      build() {
        super.build();
        Object.assign(this.input, { inputMode: "email", spellcheck: false });
        this.input.addEventListener("paste", (event) => this.pasted(event));
      }

      pressed(event) {
        if (event.key === " " && isAddress(this.input.value.trim())) {
          event.preventDefault();
          this.take();
        } else {
          super.pressed(event);
        }
      }

      pasted(event) {
        const text = event.clipboardData.getData("text");
        // A single piece may be half an address: it stays where it is pasted.
        if (!/[,;\n\r<]/.test(text)) return;
        event.preventDefault();
        this.take(`${this.input.value}${text}`);
      }
    },
  );
})();
