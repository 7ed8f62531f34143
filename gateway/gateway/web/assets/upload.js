// Sends each chosen file by parts, so that a broken line costs one part and no word of the form.
const form = document.querySelector("form[data-uploads]");
const input = form?.querySelector("input[type=file]");
if (input && globalThis.crypto?.subtle) input.addEventListener("change", sendAll);

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));

async function sendAll() {
  const progress = form.querySelector("[data-progress]");
  const chosen = [...input.files];
  const failed = new DataTransfer();
  for (const file of chosen) {
    progress.textContent = `${progress.dataset.sending} ${file.name}`;
    try {
      add(file, await send(file, (share) => { progress.textContent = `${progress.dataset.sending} ${file.name} ${share}%`; }));
    } catch (error) {
      failed.items.add(file);
      progress.textContent = `${file.name}: ${error.message || progress.dataset.failed}`;
    }
  }
  // What failed stays chosen: the form sends it again, with or without scripts.
  input.files = failed.files;
  if (!failed.files.length) progress.textContent = progress.dataset.sent;
}

async function send(file, tell) {
  const bytes = await file.arrayBuffer();
  const order = { name: file.name, size: file.size, sha256: hex(await crypto.subtle.digest("SHA-256", bytes)) };
  const at = form.dataset.uploads;
  const upload = await call("POST", `${at}/uploads`, JSON.stringify(order));
  const count = Math.ceil(file.size / upload.part_bytes);
  for (let n = 1; n <= count; n += 1) {
    const part = bytes.slice((n - 1) * upload.part_bytes, n * upload.part_bytes);
    const digest = `sha-256=:${base64(await crypto.subtle.digest("SHA-256", part))}:`;
    await patiently(() => call("PUT", `${at}/uploads/${upload.number}/parts/${n}`, part, { "Content-Digest": digest, "Content-Type": "application/octet-stream" }));
    tell(Math.round((100 * n) / count));
  }
  return patiently(() => call("POST", `${at}/uploads/${upload.number}/completion`, "{}"));
}

// A line that is away for a minute loses nothing: 1, 2, 4 … 32 seconds.
async function patiently(act) {
  for (let wait = 1000; ; wait *= 2) {
    try { return await act(); } catch (error) {
      if (error.status || wait > 32_000) throw error;
      await new Promise((go) => setTimeout(go, wait));
    }
  }
}

async function call(method, address, body, more = {}) {
  const headers = { "Mingzheng-Page": document.querySelector("meta[name=page]").content, "Idempotency-Key": key(), "Content-Type": "application/json", "Accept-Language": document.documentElement.lang, ...more };
  const answer = await fetch(address, { method, body, headers });
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.detail || said.title), { status: answer.status });
  return said;
}

const key = () => hex(crypto.getRandomValues(new Uint8Array(16)));

function add(file, made) {
  const numbers = form.elements.files.value.split(",").filter(Boolean);
  form.elements.files.value = [...numbers, made.number].join(",");
  const item = document.createElement("li");
  item.textContent = `${file.name} ${Math.ceil(file.size / 1024)} KB`;
  form.querySelector("[data-files]").append(item);
}
