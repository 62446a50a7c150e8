// A text field shown as chips that can be removed one by one, with a field to type another: what is the same for all.
//
// The text stays the form's field, hidden and always up to date: without this script people type into it. A kind of
// chips is a controller of this class that says how to read its text and how to write it.

window.visitAlertsChipList = class extends window.StimulusModule.Controller {
  static values = { remove: String, added: String, removed: String, doubtful: String, list: String };

  // What a kind of chips says

  /** The items in a text. */
  itemsIn(text) {
    return [text];
  }

  /** How an item stands in the text. */
  written(item) {
    return item;
  }

  /** Whether an item is shown as one that may be wrong. */
  isDoubtful() {
    return false;
  }

  /** Whether what has been typed or picked is all of an item. */
  isWhole() {
    return false;
  }

  // What they share

  connect() {
    this.field = this.element.querySelector("textarea, input");
    this.label = this.element.querySelector("label");
    this.items = [];
    this.build();
    this.add(this.field.value);
    this.field.hidden = true;
    this.field.before(this.box);
    this.field.after(this.news);
  }

  disconnect() {
    this.box.remove();
    this.news.remove();
    this.field.hidden = false;
    this.label.htmlFor = this.field.id;
  }

  build() {
    this.box = this.made("div", { className: "visit-alerts-chips__box" });
    this.list = this.made("ul", { className: "visit-alerts-chips__list", ariaLabel: this.listValue });
    this.input = this.made("input", {
      type: "text",
      autocomplete: "off",
      id: `${this.field.id}_typed`,
      className: "visit-alerts-chips__input",
    });
    for (const name of ["list", "aria-describedby", "aria-invalid"]) {
      if (this.field.hasAttribute(name)) this.input.setAttribute(name, this.field.getAttribute(name));
    }
    this.label.htmlFor = this.input.id;
    this.news = this.made("p", { className: "w-sr-only" });
    this.news.setAttribute("role", "status");
    this.box.append(this.list, this.input);
    this.box.addEventListener("click", (event) => event.target === this.box && this.input.focus());
    this.input.addEventListener("input", (event) => this.typed(event));
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.input.addEventListener("blur", () => this.take());
  }

  made(name, properties) {
    return Object.assign(document.createElement(name), properties);
  }

  typed(event) {
    if (this.isWhole(event)) {
      this.take();
    } else {
      this.keep();
    }
  }

  pressed(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && this.input.value.trim()) {
      event.preventDefault();
      this.take();
    } else if (event.key === "Backspace" && !this.input.value && this.items.length) {
      this.remove(this.items.length - 1);
    }
  }

  /** Makes chips of what stands in the field that is typed into. */
  take(text = this.input.value) {
    if (!text.trim()) return;
    const added = this.add(text);
    this.input.value = "";
    this.say(added.map((item) => this.worded(this.isDoubtful(item) ? this.doubtfulValue : this.addedValue, item)));
    this.keep();
    this.tell();
  }

  /** Adds the items of a text that are not there yet, in whatever case, and gives them. */
  add(text) {
    const known = new Set(this.items.map((item) => item.toLowerCase()));
    const added = this.itemsIn(text).filter((item) => {
      const isNew = item && !known.has(item.toLowerCase());
      known.add(item.toLowerCase());
      return isNew;
    });
    this.items.push(...added);
    this.list.append(...added.map((item) => this.chip(item)));
    return added;
  }

  chip(item) {
    const chip = this.made("li", { className: "visit-alerts-chips__chip" });
    chip.classList.toggle("visit-alerts-chips__chip--doubtful", this.isDoubtful(item));
    const button = this.made("button", {
      type: "button",
      className: "visit-alerts-chips__remove",
      textContent: "×",
      ariaLabel: this.worded(this.removeValue, item),
    });
    button.addEventListener("click", () => this.remove([...this.list.children].indexOf(chip)));
    chip.append(this.made("span", { textContent: item }), button);
    return chip;
  }

  remove(index) {
    const [item] = this.items.splice(index, 1);
    this.list.children[index].remove();
    (this.list.children[index]?.querySelector("button") || this.input).focus();
    this.say([this.worded(this.removedValue, item)]);
    this.keep();
    this.tell();
  }

  /** Brings the form's field up to date, with what is half typed. */
  keep() {
    const typed = this.input.value.trim();
    this.field.value = [...this.items, typed].filter(Boolean).map((item) => this.written(item)).join(", ");
  }

  /** Lets whoever watches the form hear of a change that no key was pressed for. */
  tell() {
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  worded(text, item) {
    return text.replace(/%\(\w+\)s/, () => item);
  }

  say(sentences) {
    this.news.textContent = sentences.join(". ");
  }
};
