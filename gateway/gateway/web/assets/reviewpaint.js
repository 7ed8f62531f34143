// What the review desk shows. Nothing here decides: it paints the item that is in front, and the answers so far.

import { make, say } from "./calls.js";
import { share } from "./viewing.js";

export const QUESTIONS = ["true", "clear", "complete", "accurate", "exempt"];
const at = (id) => document.getElementById(id);
const time = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" });

/** New content for `parent`; the focus stays on the control at the same place. */
function repaint(parent, children) {
  const at = [...parent.querySelectorAll("button")].indexOf(document.activeElement);
  parent.replaceChildren(...children);
  if (at >= 0) parent.querySelectorAll("button")[at]?.focus();
}

export function paintQueue(queue, current, choose) {
  at("waiting").textContent = String(Math.max(queue.waiting - queue.decided.size, queue.items.length));
  const start = Math.max(0, Math.min(queue.items.indexOf(current) - 2, queue.items.length - 12));
  repaint(
    at("items"),
    queue.items.slice(start, start + 12).map((item) => {
      const thumb = item.loaded ? make("img", { src: item.loaded.pictures[0]?.url, alt: "", width: 72, height: 42 }) : make("span", { class: "blank" });
      const words = make(
        "span", {},
        make("b", {}, item.loaded?.capture.plate ?? (item.is_second ? say("second") : say("first"))),
        make("span", {}, item.violation?.name ?? item.violation?.code ?? say("unnamed")),
        make("span", { class: "due" }, say("due", { day: item.review_due_on })),
      );
      const button = make("button", { type: "button", "aria-current": item === current && "true" }, thumb, words);
      button.addEventListener("click", () => choose(item));
      return make("li", {}, button);
    }),
  );
}

export function paintFacts(item, violation) {
  const { capture, place } = item.loaded;
  const chosen = item.violations.find((each) => each.code === violation) ?? item.violation;
  const lane = [capture.passage.lane && say("lane", { n: capture.passage.lane }), capture.passage.direction].filter(Boolean);
  const rows = [
    [say("plate"), make("b", { class: "plate code" }, capture.plate ?? "–")],
    [say("violation"), `${chosen?.name ?? ""} ${chosen?.code ?? "–"}`],
    ...(violation && violation !== item.violation?.code ? [[say("original"), item.violation?.code ?? "–"]] : []),
    ...capture.measurements.flatMap((each) => [
      [say("measured"), make("b", { class: "figure" }, `${each.value ?? "–"} / ${each.limit} ${each.unit}`)],
      [say("deducted"), `${each.deducted ?? "–"} ${each.unit}（${say("error", { n: each.error ?? "–" })}）`],
    ]),
    [say("time"), time.format(new Date(capture.captured_at))],
    [say("place"), [place, ...lane].filter(Boolean).join(" · ") || "–"],
    [say("device"), capture.device_code],
    [say("order"), item.is_second ? say("second") : say("first")],
  ];
  at("facts").replaceChildren(...rows.map(([label, value]) => make("div", {}, make("dt", {}, label), make("dd", {}, value))));
  const tags = [
    capture.lawful ? ["ok", say("lawful")] : ["bad", say("unlawful")],
    capture.check_codes.length ? ["bad", capture.check_codes.join(" ")] : ["ok", say("passed")],
    ["ok", say("signing", { level: capture.signing_level })],
    ...capture.device_failures.map((code) => ["bad", code]),
    ...capture.flags.map((flag) => ["soon", say("flag", { flag })]),
    ...capture.invalidations.map((found) => ["bad", found.codes.join(" ")]),
    ...(capture.near_duplicate_of ? [["soon", say("near")]] : []),
  ];
  at("checks").replaceChildren(
    ...tags.map(([kind, words]) => make("span", { class: `tag ${kind}` }, make("span", { class: "shape", "aria-hidden": "true" }), words)),
  );
  at("late").hidden = !item.needs_late_reason;
}

export function paintQuestions(answers, asked, answer, look) {
  repaint(
    at("questions"),
    QUESTIONS.map((name, n) => {
      const given = answers[n];
      const mark = make("span", { class: "mark", "aria-hidden": "true" }, given === true ? "✓" : given === false ? "✗" : String(n + 1));
      const words = make("span", {}, make("b", {}, say(name)), make("small", {}, say(`${name}_what`)));
      const row = make("button", { type: "button", class: "question", "aria-current": n === asked && "step" }, mark, words);
      row.addEventListener("click", () => look(n));
      const choices = [true, false].map((is) => {
        const button = make("button", { type: "button", class: "plain small", "aria-pressed": String(given === is), "aria-label": `${say(name)} ${say(is ? "yes" : "no")}` }, say(is ? "yes" : "no"));
        button.addEventListener("click", () => answer(n, is));
        return button;
      });
      return make("li", {}, row, ...choices);
    }),
  );
  at("asked").textContent = asked < QUESTIONS.length
    ? say("asking", { n: asked + 1, name: say(QUESTIONS[asked]), what: say(`${QUESTIONS[asked]}_what`) })
    : say("answered");
}

/** The pictures below the viewer, each with the ring of the time that it was looked at. */
export function paintStrip(pictures, shown, choose) {
  repaint(
    at("strip"),
    pictures.map((picture, n) => {
      const ring = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      ring.setAttribute("viewBox", "0 0 36 36");
      ring.setAttribute("aria-hidden", "true");
      for (const kind of ["track", "run"]) {
        const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
        for (const [name, value] of [["class", kind], ["stroke-dasharray", kind === "run" ? "0 100" : "none"], ["cx", 18], ["cy", 18], ["r", 15.9155]]) circle.setAttribute(name, value);
        ring.append(circle);
      }
      picture.ring = ring.lastChild;
      picture.said = make("span", {}, say("picture", { n: picture.n }));
      const button = make("button", { type: "button", "aria-pressed": String(picture === shown) }, make("img", { src: picture.url, alt: "" }), ring, picture.said);
      button.addEventListener("click", () => choose(n));
      return make("li", {}, button);
    }),
  );
}

export function paintRings(pictures, need) {
  for (const picture of pictures) {
    const done = share(picture, need);
    picture.ring?.setAttribute("stroke-dasharray", `${Math.round(done * 100)} 100`);
    if (done === 1 && !picture.isSeen) {
      picture.isSeen = true;
      picture.said.textContent = say("seen", { n: picture.n });
    }
  }
}

export function paintProof(item) {
  const { pictures } = item.loaded;
  const same = pictures.every((picture) => picture.isSame);
  at("proof").replaceChildren(
    make("b", { class: same ? "ok" : "bad" }, say(same ? "same" : "different")),
    ...pictures.map((picture) => make("span", { class: "code" }, `SHA-256 ${picture.sha256.slice(0, 8)}…${picture.sha256.slice(-4)}`)),
    make("span", { class: "code" }, item.id),
  );
}
