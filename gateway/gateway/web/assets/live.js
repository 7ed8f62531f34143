// One event stream for a browser, not one for a tab: the tab that holds the lock listens and tells the others.
//
//   stream ──▶ leader (Web Locks) ──BroadcastChannel──▶ every tab ──▶ changed()
//
// Without Web Locks or BroadcastChannel each tab listens by itself. After three failures, and for people for whom the API
// has no stream, each tab asks again every 30 s while it is visible. An event says that something changed, never what.

const EVERY_MS = 30_000;
const MOST_FAILURES = 3;

/** Call `changed` when something may have changed; `lamp(isLive)` says whether that is known at once. */
export function follow({ stream = "", events = [], changed, lamp = () => {} }) {
  let asking = 0;
  const ask = () => {
    lamp(false);
    if (!asking) asking = setInterval(() => document.visibilityState === "visible" && changed(), EVERY_MS);
  };
  if (!stream || !("EventSource" in self)) return ask();
  if (!("locks" in navigator) || !("BroadcastChannel" in self)) {
    listen(stream, events, (word) => heard(word));
    return;
  }
  const channel = new BroadcastChannel(`mingzheng ${stream}`);
  channel.onmessage = ({ data }) => heard(data);
  navigator.locks.request(`mingzheng ${stream}`, () => {
    listen(stream, events, (word) => {
      channel.postMessage(word);
      heard(word);
    });
    return new Promise(() => {}); // held until this tab closes; then another one leads
  });

  function heard(word) {
    if (word === "lost") return ask();
    if (asking) asking = clearInterval(asking) || 0;
    lamp(true);
    if (word === "changed") changed();
  }
}

function listen(stream, events, tell) {
  let failures = 0;
  const source = new EventSource(stream);
  source.onopen = () => {
    failures = 0;
    tell("open");
  };
  source.onerror = () => {
    failures += 1;
    if (failures < MOST_FAILURES && source.readyState !== EventSource.CLOSED) return;
    source.close();
    tell("lost");
  };
  for (const name of ["message", ...events]) source.addEventListener(name, () => tell("changed"));
}
