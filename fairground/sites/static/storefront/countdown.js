/* The festival's clock: it counts down to the next moment, and what opens then opens without a reload. */

const UNITS = [["days", 86400], ["hours", 3600], ["minutes", 60], ["seconds", 1]];
/* So that not every page asks in the same instant, when all count down to the same one. */
const jitterMs = Math.random() * 300;

/* The answer says which time it was for the server when it began, so this clock is late by the way, never early. The
   header is right to the millisecond; browsers hide it where the connection is not safe, and the page itself may be a
   second old. A preview's clock stands at the moment that it shows and runs on from there. */
const [navigation] = performance.getEntriesByType("navigation");
const clock = navigation.serverTiming?.find((one) => one.name === "clock");
const isPreview = "preview" in document.body.dataset;
const serverMs = Number((!isPreview && clock?.description) || document.body.dataset.now);
const offsetMs = serverMs - (performance.timeOrigin + navigation.responseStart);
const nowMs = () => Date.now() + offsetMs;

function phaseAt(moment, { opens, closes }) {
  if (moment < Number(opens)) return "before";
  return moment < Number(closes) ? "open" : "over";
}

function showLeft(counter, leftMs) {
  let rest = Math.max(0, Math.ceil(leftMs / 1000));
  for (const [unit, seconds] of UNITS) {
    counter.querySelector(`[data-unit="${unit}"]`).textContent = String(Math.floor(rest / seconds)).padStart(2, "0");
    rest %= seconds;
  }
}

function tick() {
  const now = nowMs();
  const waits = [1000];
  for (const one of document.querySelectorAll("[data-opens]")) {
    const { opens, closes } = one.dataset;
    const phase = phaseAt(now - jitterMs, one.dataset);
    if (one.dataset.phase !== phase) one.dataset.phase = phase;
    if (one instanceof HTMLButtonElement) one.disabled = phase === "before";
    const leftMs = Number(phase === "before" ? opens : closes) - now;
    if (phase !== "over") waits.push(leftMs > 0 ? leftMs % 1000 || 1000 : leftMs + jitterMs);
    const counter = one.querySelector(".countdown");
    if (counter) showLeft(counter, leftMs);
  }
  setTimeout(tick, Math.min(...waits) + 1);
}

tick();
