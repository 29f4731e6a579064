// Comfort only: every page does its job without this file.
"use strict";

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
