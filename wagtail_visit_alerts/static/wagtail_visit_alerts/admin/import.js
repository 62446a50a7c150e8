// Goes on with a file, piece by piece, until it is done; then the page shows what came of it. Without it the button does.

(() => {
  const form = document.querySelector("[data-visit-alerts-import]");
  if (!form) return;
  const button = form.querySelector("button");

  const goOn = () => {
    button.hidden = true;
    fetch(form.action, { method: "POST", body: new FormData(form) })
      .then((response) => {
        if (!response.ok) throw new Error(`The page answered ${response.status}.`);
        return response.text();
      })
      .then((html) => {
        const page = new DOMParser().parseFromString(html, "text/html");
        const progress = page.querySelector("[data-visit-alerts-import] [data-progress]");
        if (!progress) {
          window.location.reload();
          return;
        }
        form.querySelector("[data-progress]").replaceWith(progress);
        goOn();
      })
      .catch(() => {
        form.querySelector("[data-status]").textContent = form.dataset.failed;
        button.hidden = false;
      });
  };

  goOn();
})();
