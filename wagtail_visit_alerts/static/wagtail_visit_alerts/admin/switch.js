// The switch of an alert in the listing: sent without loading the page, and replaced by what the server answers.
// Whatever else it answers (a login page, an error), the listing is loaded again: it shows how things are.
window.wagtail.app.register(
    "visit-alerts-switch",
    class extends window.StimulusModule.Controller {
        static values = { failed: String };

        async submit(event) {
            event.preventDefault();
            if (this.busy) return;
            this.busy = true;
            let answer;
            try {
                answer = await fetch(this.element.action, {
                    method: "POST",
                    body: new FormData(this.element),
                    headers: { "X-Requested-With": "XMLHttpRequest" },
                });
            } catch {
                this.say(this.failedValue);
                this.busy = false;
                return;
            }
            if (answer.redirected || !answer.ok) {
                window.location.reload();
                return;
            }
            this.replace(await answer.text());
        }

        replace(html) {
            const template = document.createElement("template");
            template.innerHTML = html.trim();
            const replacement = template.content.firstElementChild;
            this.element.parentElement.replaceWith(replacement);
            replacement.querySelector("button").focus();
            if (replacement.dataset.refusal) this.say(replacement.dataset.refusal);
        }

        say(text) {
            const detail = { clear: true, text, type: "error" };
            document.dispatchEvent(new CustomEvent("w-messages:add", { detail }));
        }
    },
);
