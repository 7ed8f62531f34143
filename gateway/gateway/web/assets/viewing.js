// How long each picture was looked at. Time counts only while the tab is visible and the window has the focus.

const STEP_MS = 50;

export class Viewing {
  /** `shown()` is the picture on the screen now, an object that holds its own `seen` in ms; `tick` hears each step. */
  constructor(shown, tick) {
    let last = performance.now();
    setInterval(() => {
      const now = performance.now();
      const picture = shown();
      // A long gap is a computer that slept: nobody looked.
      const passed = Math.min(now - last, 4 * STEP_MS);
      last = now;
      if (!picture || document.visibilityState !== "visible" || !document.hasFocus()) return;
      picture.seen = (picture.seen || 0) + passed;
      tick();
    }, STEP_MS);
  }
}

/** Milliseconds that are still to be looked, over all pictures. */
export function left(pictures, need) {
  return pictures.reduce((sum, picture) => sum + Math.max(0, need - (picture.seen || 0)), 0);
}

export function share(picture, need) {
  return Math.min(1, (picture.seen || 0) / need);
}
