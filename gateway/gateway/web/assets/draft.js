// Keeps what a form holds on this device until it was sent, and says when the sign-in is about to end.
const PREFIX = "draft:";
const done = document.querySelector("script[data-done]")?.dataset.done;
if (done) localStorage.removeItem(PREFIX + done);

const form = document.querySelector("form[data-draft]");
if (form) keep(form);

function keep(form) {
  const name = PREFIX + form.dataset.draft;
  const fields = [...form.elements].filter((each) => each.name && !["page", "key", "files", "drop"].includes(each.name) && each.type !== "file");
  const faults = document.getElementById("faults");
  let saved = null;
  try { saved = JSON.parse(localStorage.getItem(name) || "null"); } catch { saved = null; }
  const isEmpty = fields.every((each) => each.tagName !== "TEXTAREA" || !each.value);
  if (saved && isEmpty && !faults) restore(fields, saved);
  const save = () => {
    const typed = {};
    for (const each of fields) if (each.type !== "radio" || each.checked) typed[each.name] = each.value;
    try { localStorage.setItem(name, JSON.stringify(typed)); } catch { /* a full store keeps nothing; the page still does */ }
  };
  let timer = 0;
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 800); });
  addEventListener("pagehide", save);
  watch();
}

function restore(fields, saved) {
  for (const each of fields) {
    if (!(each.name in saved)) continue;
    if (each.type === "radio") each.checked = each.value === saved[each.name];
    else each.value = saved[each.name];
  }
}

// Two minutes before the session ends for want of use, a bar asks whether to go on.
async function watch() {
  const bar = document.querySelector("[data-session]");
  if (!bar) return;
  const answer = await fetch("/v1/me/sessions");
  if (!answer.ok) return;
  const mine = (await answer.json()).items.find((each) => each.is_current);
  if (!mine) return;
  const ends = Math.min(Date.parse(mine.idle_until), Date.parse(mine.lasts_until));
  // The session's own clock: that of this device may be wrong, and a demonstration is played at another time.
  const now = Date.parse(mine.used_at);
  setTimeout(() => { bar.hidden = false; }, Math.max(0, ends - now - 120_000));
  bar.querySelector("button").addEventListener("click", async () => {
    await fetch("/v1/me");
    bar.hidden = true;
    watch();
  }, { once: true });
}
