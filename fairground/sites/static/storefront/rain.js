/* The button goes straight to the door: when a round opens no page has to be made for it. Without this script the form
   does the same. Who asks twice gets the same packet. */

import { grouped, LEFT_TO_RIGHT, locale, whole } from "../fairground/locale.js";

const facts = JSON.parse(document.getElementById("rain-facts").textContent);
const AGAIN_MS = 1000;
const TRIES_MAX = 30;

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function money(amountMinor, currency) {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency, ...grouped });
  const text = format.format(amountMinor / 10 ** format.resolvedOptions().maximumFractionDigits);
  return document.documentElement.dir === "rtl" ? text + LEFT_TO_RIGHT : text;
}

/* Null: this went on for too long, or the pass is too old; the form itself asks then. */
async function ask(form, tell) {
  let ticket = form.elements.ticket.value;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const headers = { Authorization: `Bearer ${facts.pass}`, "Idempotency-Key": form.elements.key.value };
    if (ticket) headers["Queue-Ticket"] = ticket;
    const response = await fetch(`/v1/rounds/${form.dataset.round}/packet`, { method: "POST", headers }).catch(() => null);
    const answer = response?.headers.get("Content-Type")?.includes("json") ? await response.json() : null;
    if (answer && response.status === 401) return null;
    if (answer && response.status !== 429 && response.status < 500) return { ok: response.ok, answer };
    if (answer?.ticket) {
      form.elements.ticket.value = ticket = answer.ticket;
      tell(form.dataset.line.replace("{place}", whole.format(answer.place)));
    }
    await wait(Number(response?.headers.get("Retry-After")) * 1000 || AGAIN_MS);
  }
  return null;
}

async function grab(form) {
  const button = form.querySelector("button");
  const tell = (words) => { form.querySelector("[role=status]").textContent = words; };
  button.setAttribute("aria-busy", "true");
  tell(form.dataset.asking);
  const told = await ask(form, tell);
  if (!told) return form.submit();
  button.removeAttribute("aria-busy");
  if (!told.ok) return tell(facts.words[told.answer.type.split("/").pop()] ?? facts.words[""]);
  const amount = money(told.answer.amount_minor, told.answer.currency);
  const mine = form.querySelector("template").content.cloneNode(true);
  mine.querySelector(".packet-amount").textContent = amount;
  document.getElementById("packets").prepend(mine);
  document.getElementById("no-packets")?.remove();
  button.hidden = true;
  form.closest(".rain-round").dataset.packet = "opened";
  return tell(form.dataset.opened.replace("{amount}", amount));
}

for (const form of document.querySelectorAll(".rain-form")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!form.querySelector("button").getAttribute("aria-busy")) grab(form);
  });
}
