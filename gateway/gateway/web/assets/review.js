// The review desk. Arrows look, letters decide; each press of Space answers one legal question and moves the eye.
// The page only asks: what an officer may decide, and what a decision needs, the API judges again.

import { make, renew, say } from "./calls.js";
import { follow } from "./live.js";
import { meant } from "./reviewkeys.js";
import { QUESTIONS, paintFacts, paintProof, paintQuestions, paintQueue, paintRings, paintStrip } from "./reviewpaint.js";
import { Queue } from "./reviewqueue.js";
import { Outbox } from "./reviewsend.js";
import { Viewing, left } from "./viewing.js";

const at = (id) => document.getElementById(id);
const who = document.querySelector('meta[name="who"]').content;
let item = null;
let answers = [];
let asked = 0;
let picture = 0;
let zoom = 1;
let isArmed = false; // Enter came before the rings were full: it counts when they are

const queue = new Queue(JSON.parse(at("queue").textContent), {
  changed: (loaded) => (loaded && loaded === item ? show(item) : paintQueue(queue, item, show)) || (!item && next()),
  lost: (gone, refused) => {
    tell(say("lost", { what: nameOf(gone), why: refused ? refused.message : "" }));
    if (gone === item) next();
  },
  trouble: (refused) => (refused.isSignedOut ? signedOut(refused) : away()),
});
const outbox = new Outbox(who, { sent: () => tell(""), refused: (entry, refused) => tell(say("refused", { what: entry.label ?? entry.id, why: refused.message })), away, back: () => away(0), signedOut });
for (const { id } of outbox.entries) queue.drop(queue.items.find((each) => each.id === id));
new Viewing(shown, () => {
  paintRings(item.loaded.pictures, queue.figures.need);
  if (isArmed) press();
});

function shown() {
  return document.querySelector("dialog[open]") ? null : item?.loaded?.pictures[picture];
}

const nameOf = (one) => one.loaded?.capture.plate ?? one.violation?.name ?? one.id;

function show(one) {
  if (one !== item) {
    answers = one?.answers ?? QUESTIONS.map(() => null);
    isArmed = false;
    at("late-reason").value = "";
  }
  item = one;
  if (!item) return empty();
  asked = open() < 0 ? QUESTIONS.length : open();
  paintQueue(queue, item, show);
  if (item.loaded) {
    paintFacts(item, item.chosen);
    paintProof(item);
    look(0);
  } else {
    at("stage").replaceChildren(make("p", {}, say("loading")));
    at("strip").replaceChildren();
  }
  paintAnswers();
  queue.ahead(item);
}

function next(step = 1, from = queue.items.indexOf(item)) {
  show(queue.items[from + step] ?? queue.items[from] ?? queue.items[0] ?? null);
}

function empty() {
  for (const id of ["facts", "checks", "questions", "strip", "proof"]) at(id).replaceChildren();
  at("asked").textContent = say("empty");
  at("stage").replaceChildren(make("p", {}, say("empty")));
  paintQueue(queue, null, show);
}

function look(n) {
  const { pictures } = item.loaded;
  picture = (n + pictures.length) % pictures.length;
  pictures[picture].image.alt = say("picture", { n: pictures[picture].n });
  at("stage").replaceChildren(pictures[picture].image);
  paintStrip(pictures, pictures[picture], look);
  paintRings(pictures, queue.figures.need);
  enlarge(1);
}

function enlarge(factor, y = 50) {
  zoom = Math.min(8, Math.max(1, factor));
  const image = at("stage").querySelector("img");
  if (image) Object.assign(image.style, { transform: zoom === 1 ? "" : `scale(${zoom})`, transformOrigin: `50% ${y}%` });
}

const open = () => answers.indexOf(null);

function answer(n, isYes) {
  if (!item?.loaded || n >= QUESTIONS.length) return;
  answers[n] = isYes;
  asked = open() < 0 ? QUESTIONS.length : open();
  if (item.loaded.pictures.length > 1) look(asked % item.loaded.pictures.length);
  paintAnswers();
}

function paintAnswers() {
  item.answers = answers;
  paintQuestions(answers, asked, answer, (n) => ((asked = n), paintAnswers()));
}

/** Enter: accept where every answer is yes, reject where one is no, else go to the first open question. */
function press() {
  if (!item?.loaded) return;
  if (answers.includes(false)) return reject();
  if (open() >= 0) return (asked = open()), paintAnswers();
  if (item.needs_late_reason && !at("late-reason").value.trim()) return at("late-reason").focus();
  const rest = left(item.loaded.pictures, queue.figures.need);
  if (rest > 0) {
    isArmed = true;
    // What was not looked at yet comes before the eye; nothing is accepted unseen.
    if (left([item.loaded.pictures[picture]], queue.figures.need) === 0) look(item.loaded.pictures.findIndex((each) => left([each], queue.figures.need) > 0));
    at("asked").textContent = say("still", { n: Math.ceil(rest / 1000) });
    return;
  }
  const attributes = { true: true, clear: true, complete: true, accurate: true };
  const late = at("late-reason").value.trim();
  const first = { attributes, ...(item.chosen && { violation_code: item.chosen }), ...(item.needs_late_reason && { late_reason: late }) };
  decide(item.is_second ? "acceptance" : "acceptance-proposal", item.is_second ? { attributes } : first, say("accepted"));
}

function decide(act, body, words) {
  const place = queue.items.indexOf(item);
  queue.decided.add(item.id);
  const entry = outbox.add({ id: item.id, path: `/v1/captures/${item.id}/${act}`, body, label: nameOf(item) });
  Object.assign(entry, { item, place });
  queue.drop(item);
  tell(say("done", { what: entry.label, act: words }));
  item = null;
  next(0, Math.min(place, queue.items.length - 1));
}

function undo() {
  const entry = outbox.undo();
  if (!entry) return tell(say("too_late"));
  queue.decided.delete(entry.id);
  queue.items.splice(entry.place, 0, entry.item);
  tell(say("undone", { what: entry.label }));
  show(entry.item);
}

function reject() {
  if (!item?.loaded) return;
  at("attributes").textContent = QUESTIONS.slice(0, 4).map((name, n) => `${say(name)} ${say(answers[n] === false ? "no" : "yes")}`).join(" · ");
  at("reasons").replaceChildren(...queue.figures.reasons.map((reason, n) => {
    const button = make("button", { type: "button", class: "plain" }, make("kbd", {}, n < 9 ? String(n + 1) : "·"), ` ${reason.words} `, make("small", {}, reason.code));
    button.addEventListener("click", () => rejected(reason));
    return make("li", {}, button);
  }));
  at("reason").value = "";
  at("rejecting").showModal();
  at("rejecting").querySelector("button").focus();
}

function rejected(reason) {
  at("rejecting").close();
  const attributes = {};
  const reasons = {};
  QUESTIONS.slice(0, 4).forEach((name, n) => {
    attributes[name] = answers[n] !== false && reason.against !== name;
    if (!attributes[name]) reasons[name] = at("reason").value.trim() || reason.words;
  });
  decide("rejection", { codes: [reason.code], attributes, reasons }, say("rejected"));
}

function correct() {
  if (!item?.loaded || item.is_second) return;
  at("violation").replaceChildren(...item.violations.map((each) => make("option", { value: each.code, selected: each.code === (item.chosen ?? item.violation?.code) }, `${each.name ?? ""} ${each.code}`)));
  at("original").textContent = item.violation?.code ?? "–";
  at("correcting").showModal();
}

function skip() {
  if (!item || queue.items.length < 2) return;
  const put = item;
  queue.items = [...queue.items.filter((each) => each !== put), put];
  tell(say("skipped", { what: nameOf(put) }));
  show(queue.items[0]);
}

function tell(words) {
  at("told").textContent = words;
  at("told").hidden = !words;
}

function away(count = outbox.overdue) {
  at("bar").textContent = say("away", { n: count });
  at("bar").hidden = count === 0 && navigator.onLine;
  if (navigator.onLine) setTimeout(() => item && !item.loaded && queue.ahead(item), 3000);
}

function signedOut(refused) {
  at("signed-out-words").textContent = `${refused.message} ${say("kept")}`;
  if (!at("signed-out").open) at("signed-out").showModal();
}

async function renewed() {
  const is = await renew();
  at("signed-out-words").textContent = say(is === null ? "somebody" : is ? "kept" : "not_yet");
  if (!is) return;
  at("signed-out").close();
  outbox.flush();
  if (item) queue.ahead(item);
}

const ACTS = {
  yes: () => answer(asked, true), no: () => answer(asked, false), decide: press, reject, correct, skip, undo, renew: renewed,
  left: () => item?.loaded && look(picture - 1), right: () => item?.loaded && look(picture + 1),
  closer: () => enlarge(zoom * 1.5), farther: () => enlarge(zoom / 1.5), plate: () => enlarge(4, 60), next: () => next(1), previous: () => next(-1),
  help: () => at("helping").showModal(), leave: () => (enlarge(1), at("stage").focus()),
  number: (n) => (n === 0 ? enlarge(1) : n <= QUESTIONS.length && item && ((asked = n - 1), paintAnswers())),
  corrected: () => ((item.chosen = at("violation").value), at("correcting").close(), paintFacts(item, item.chosen)),
};

addEventListener("keydown", (event) => {
  const [act, number] = meant(event) ?? [];
  const dialog = document.querySelector("dialog[open]");
  if (!act || (dialog && !(dialog.id === "rejecting" && act === "number"))) return;
  event.preventDefault();
  if (!dialog) ACTS[act](number);
  else if (queue.figures.reasons[number - 1]) rejected(queue.figures.reasons[number - 1]);
});
addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.hasAttribute("data-close")) button.closest("dialog").close();
  if (button?.dataset.act) ACTS[button.dataset.act]();
  // A press with the pointer leaves the keys to the desk.
  if (event.detail > 0 && button && !document.querySelector("dialog[open]")) at("stage").focus();
});
addEventListener("online", () => away());
addEventListener("offline", () => away());
document.addEventListener("visibilitychange", () => at("signed-out").open && document.visibilityState === "visible" && renewed());

at("review").hidden = false;
at("stage").focus({ preventScroll: true });
follow({ changed: () => queue.refresh(), lamp: () => {} });
show(queue.items[0] ?? null);
