// The digest of a chosen file is computed here; the file itself never leaves the browser.
const box = document.querySelector("[data-hash]");
const form = document.querySelector("form[data-digest]");
if (box && form && globalThis.crypto?.subtle) {
  box.hidden = false;
  box.querySelector("input").addEventListener("change", async (event) => {
    const file = event.target.files[0];
    if (!file) return;
    const progress = box.querySelector("[data-progress]");
    progress.textContent = progress.dataset.working;
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    form.elements.sha256.value = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    form.submit();
  });
}
