// Comfort only: every page does its job without this file.
"use strict";

// A day of one's own is seen only while it is chosen, so it must not be sent along once something else is.
for (const card of document.querySelectorAll(".tight > .card")) {
  const [choice, day] = card.querySelectorAll("input");
  card.parentElement.addEventListener("change", () => { if (!choice.checked) day.value = ""; });
}

for (const block of document.querySelectorAll(".code[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = block.dataset.copy;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(block.querySelector("code").textContent);
      button.textContent = block.dataset.copied;
    } catch {
      getSelection().selectAllChildren(block.querySelector("code"));
      button.textContent = block.dataset.selected;
    }
    setTimeout(() => { button.textContent = block.dataset.copy; }, 3000);
  });
  button.setAttribute("aria-live", "polite");
  block.append(button);
}
