// Whether somebody is at the page. What it asks for by itself must not keep a session alive for
// ever, so that a desk that was left open signs out (siegel.identity.session_seen).

const TOUCHES = ["keydown", "pointerdown", "pointermove", "wheel", "touchmove"];
// What a touch has caused is asked for within this time: drafts are stored some seconds later.
const CAUSED_WITHIN = 60_000;

// Whoever has opened the page was there.
let touchedAt = Date.now();

for (const touch of TOUCHES) {
  globalThis.document?.addEventListener(touch, () => (touchedAt = Date.now()), { capture: true, passive: true });
}

// The header of a request that nobody has caused; none if somebody may have.
export function background(now = Date.now()): Record<string, string> {
  return now - touchedAt < CAUSED_WITHIN ? {} : { "X-Siegel-Background": "1" };
}
