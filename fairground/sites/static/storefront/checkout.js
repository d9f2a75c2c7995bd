/* The button goes straight to the door: in the opening second no page has to be made for it. Without this script the
   form does the same. Whatever happens, the same key is asked again, so nothing is bought twice. */

import { whole } from "../fairground/locale.js";

const form = document.getElementById("order-form");
const PURCHASES = "/v1/purchases";
const AGAIN_MS = 1000;
const TRIES_MAX = 30;
/* Who is told to wait longer waits on the page that says how long. */
const WAITED_HERE_S = 3;
const JSON_TYPE = "application/json";

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const tell = (words) => { form.querySelector("[role=status]").textContent = words; };

function send(address, fields) {
  const sent = document.createElement("form");
  sent.method = "post";
  sent.action = address;
  for (const [name, value] of Object.entries(fields)) sent.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  document.body.append(sent);
  sent.submit();
}

/* Null: this went on for too long, or the pass is too old; the form itself asks then. */
async function ask(address, { pass, key, body, ticket = "" }) {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const headers = { Authorization: `Bearer ${pass}`, "Content-Type": JSON_TYPE, "Idempotency-Key": key };
    if (ticket) headers["Queue-Ticket"] = ticket;
    const response = await fetch(address, { method: "POST", headers, body }).catch(() => null);
    const answer = response?.headers.get("Content-Type")?.includes("json") ? await response.json() : null;
    if (answer && response.status === 401) return null;
    if (answer && response.status !== 429 && response.status < 500) return { ok: response.ok, answer };
    if (answer?.ticket) {
      form.elements.ticket.value = ticket = answer.ticket;
      tell(form.dataset.line.replace("{place}", whole.format(answer.place)));
      if (answer.retry_after_s > WAITED_HERE_S) return null;
    }
    await wait(Number(response?.headers.get("Retry-After")) * 1000 || AGAIN_MS);
  }
  return null;
}

async function buy(order) {
  const { key, pay_key: payKey } = form.elements;
  const placed = await ask(PURCHASES, { pass: order.pass, key: key.value, body: order.body, ticket: form.elements.ticket.value });
  if (!placed) return form.submit();
  const { answer } = placed;
  if (!placed.ok) {
    const again = new URL(form.dataset.again, location);
    again.searchParams.set("refused", answer.type.split("/").pop());
    return location.assign(again);
  }
  if (order.pays) {
    const due = answer.deposit_minor ?? answer.total_minor;
    const body = JSON.stringify({ method: "wallet", amount_minor: due, currency: answer.currency });
    await ask(`${PURCHASES}/${answer.purchase}/payment`, { pass: order.pass, key: payKey.value, body });
  }
  return send(form.dataset.cart, { number: answer.number });
}

/* Who comes back by the browser's own button finds it as it was. */
addEventListener("pageshow", () => {
  form?.querySelector("button").removeAttribute("aria-busy");
  if (form) tell("");
});

form?.addEventListener("submit", (event) => {
  if (event.submitter?.hasAttribute("formaction")) return;
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  tell(form.dataset.asking);
  buy(JSON.parse(document.getElementById("order").textContent));
});
