/* Wagtail's field for tags puts an input of its own beside the one that the label is for: name it like that one. */

window.addEventListener("load", () => {
  for (const list of document.querySelectorAll("ul.tagit")) {
    const field = list.parentElement.querySelector("input[id]");
    const label = field && document.querySelector(`label[for="${field.id}"]`);
    if (label) {
      list.querySelector(".tagit-new input").setAttribute("aria-labelledby", label.id);
    }
  }
});
