// Comfort only: the page works without it. Keeps the link in step with the form, and copies text.
"use strict";

for (const summary of document.querySelectorAll(".summary")) summary.focus();

function offerCopying(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = button.dataset.done;
    });
  }
}
offerCopying(document);

const builder = document.getElementById("builder");
if (builder) {
  let asked = null;
  document.getElementById("update").hidden = true;
  builder.addEventListener("change", async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(builder.action, {
        method: "POST", body: new FormData(builder), signal: asked.signal,
      });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const link = page.getElementById("link");
      if (!link) return;
      document.getElementById("link").replaceWith(link);
      builder.elements.state.value = page.querySelector("[name=state]").value;
      offerCopying(link);
    } catch (problem) {
      if (problem.name !== "AbortError") throw problem;
    }
  });
}
