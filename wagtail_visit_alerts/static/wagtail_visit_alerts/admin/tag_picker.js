// Shows a text of tags with commas between them as chips; the field to type another offers those of a list.

(() => {
  window.wagtail.app.register(
    "visit-alerts-tags",
    class extends window.visitAlertsChipList {
      /** The tags in a text, in which one with a comma stands in quotes. */
      itemsIn(text) {
        const parts = text.match(/"(?:[^"]|"")*"|[^,]+/g) || [];
        return parts.map((part) => part.trim().replace(/^"(.*)"$/, "$1").replaceAll('""', '"')).filter(Boolean);
      }

      written(item) {
        return /[",]/.test(item) ? `"${item.replaceAll('"', '""')}"` : item;
      }

      isWhole(event) {
        const isPicked = event.inputType === "insertReplacementText" || event.inputType === undefined;
        return isPicked || this.input.value.includes(",");
      }

      typed(event) {
        // The contacts that half a tag leaves are of no interest.
        event.stopPropagation();
        super.typed(event);
      }
    },
  );
})();
