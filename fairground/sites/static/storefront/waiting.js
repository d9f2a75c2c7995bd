/* The waiting room with a script: the place goes down between two looks, and a look changes only what it has to. Without
   this file the page is loaded again by itself. */

import { whole } from "../fairground/locale.js";

const LINE = "/v1/line";
/* Far behind there is nothing to see for a while; close to the door it goes fast. */
const ASK_MIN_S = 2;
const ASK_MAX_S = 15;
const PAST_OPENING_MS = 300;

const loadedAt = performance.now();
const standing = () => document.getElementById("standing");
const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

let shown = Infinity;
let looking = false;

/* Null where the line could not be asked just now. */
async function place() {
  const { number, writer, opensInMs } = standing().dataset;
  if (!number || performance.now() - loadedAt < Number(opensInMs || 0) + PAST_OPENING_MS) return null;
  const answer = await fetch(LINE).then((response) => (response.ok ? response.json() : null)).catch(() => null);
  return answer ? Math.max(0, Number(number) + 1 - answer.admitted[writer]) : null;
}

function swap(page) {
  for (const id of ["place", "minutes", "said"]) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (old && fresh && old.textContent !== fresh.textContent) old.textContent = fresh.textContent;
  }
}

/* The server is asked for all the rest. Once it is our turn this is what places the purchase, and leads on to it. */
async function look() {
  if (looking) return;
  looking = true;
  await lookOnce().finally(() => { looking = false; });
}

async function lookOnce() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!response?.ok) return;
  if (response.redirected) {
    location.replace(response.url);
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById("standing");
  if (!fresh) return;
  if (fresh.querySelector("h1").textContent === standing().querySelector("h1").textContent && standing().dataset.number === fresh.dataset.number) {
    swap(page);
    standing().dataset.lookS = fresh.dataset.lookS;
  } else location.reload();
}

async function askTheLine() {
  for (;;) {
    const before = await place();
    if (before === 0) await look();
    else if (before !== null && before < shown) {
      shown = before;
      document.getElementById("place").textContent = whole.format(before);
    }
    await wait(Math.min(ASK_MAX_S, Math.max(ASK_MIN_S, Number(standing().dataset.lookS) / 4)));
  }
}

async function lookAgain() {
  for (;;) {
    await wait(Number(standing().dataset.lookS));
    await look();
  }
}

askTheLine();
lookAgain();
