/* Live stock: the server tells which deals have how many units left whenever that changes. */

import { whole } from "../fairground/locale.js";

const STREAM = "/v1/deals/stream";
const RETRY_MS = 3000;

const words = document.body.dataset;
const bars = [...document.querySelectorAll("[data-deals]")].map((bar) => ({ bar, deals: JSON.parse(bar.dataset.deals) }));
const barsOf = Map.groupBy(bars.flatMap((one) => Object.keys(one.deals).map((deal) => [deal, one])), ([deal]) => deal);

function show({ bar, deals }) {
  const { units, lowAt } = bar.dataset;
  const left = Object.values(deals).reduce((sum, one) => sum + one, 0);
  const text = words.left.replace("{left}", whole.format(left)).replace("{units}", whole.format(units));
  bar.querySelector("span").textContent = left > 0 ? text : words.gone;
  bar.querySelector("progress").value = units - left;
  bar.dataset.state = left > 0 ? (left <= lowAt ? "low" : "enough") : "gone";
  bar.closest(".product-card")?.setAttribute("data-state", bar.dataset.state);
}

function take(changes) {
  const changed = new Set();
  for (const [deal, left] of Object.entries(changes)) {
    for (const [, one] of barsOf.get(deal) ?? []) {
      one.deals[deal] = left;
      changed.add(one);
    }
  }
  changed.forEach(show);
}

/* The browser reconnects by itself after a broken line, but gives up for good on an error page such as 503. */
function connect() {
  const stream = new EventSource(STREAM);
  stream.addEventListener("stock", (event) => take(JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, RETRY_MS);
  });
}

if (bars.length) connect();
