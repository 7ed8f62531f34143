// The keys of the review desk, by their place on the keyboard: the layout and the input method never matter.

const KEYS = {
  Space: "yes", KeyN: "no", Enter: "decide", NumpadEnter: "decide", KeyX: "reject", KeyC: "correct", KeyS: "skip",
  ArrowLeft: "left", ArrowRight: "right", Equal: "closer", NumpadAdd: "closer", Minus: "farther",
  NumpadSubtract: "farther", KeyP: "plate", KeyJ: "next", KeyK: "previous", Slash: "help", Escape: "leave",
};

/** What one key press asks for, as [act, number]; null for what is not meant for the desk. */
export function meant(event) {
  if (event.isComposing || event.keyCode === 229 || event.repeat || event.defaultPrevented) return null;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.code === "KeyZ") {
    return isTyping(event.target) ? null : ["undo"];
  }
  if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return null;
  if (event.code === "Slash" && !event.shiftKey) return null;
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
  if (digit) return ["number", Number(digit[1])];
  const act = KEYS[event.code];
  // A control that has the focus keeps its own keys: whoever tabs to a button presses it as everywhere.
  if (["Space", "Enter", "NumpadEnter"].includes(event.code) && event.target.closest?.("button, a, summary")) return null;
  return act ? [act] : null;
}

function isTyping(target) {
  if (!target.closest) return false;
  const field = target.closest("input, textarea, select, [contenteditable]");
  return Boolean(field) && !["checkbox", "radio"].includes(field.type);
}
