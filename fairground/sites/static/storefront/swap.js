/* Forms of the cart and the wish list without a reload: the page that a form leads to is fetched, its main part and the
   header's count put in place, the focus kept, and what changed said once. Without this they are plain forms. */

/* A press on another button makes a number lose its focus first; its own press must come through. */
const TYPED_MS = 200;
/* Who waits with a full cart sees the deals' prices soon after the opening. A cart is nobody else's, so its page is made
   for each: not for all in the same moment, in which the server has other work. */
const OPENED_MS = 3000;

const said = document.body.appendChild(document.createElement("p"));
said.className = "for-screen-readers";
said.role = "status";
let turn = Promise.resolve();

function place() {
  const at = document.activeElement;
  const form = at?.form?.closest("[data-swap] form");
  return form ? { id: form.id, at: [...form.elements].indexOf(at), control: at.id } : null;
}

function focusAgain(was) {
  if (!was || document.activeElement !== document.body) return;
  const form = was.id ? document.getElementById(was.id) : null;
  const same = form?.elements[was.at];
  const usable = [same, document.getElementById(was.control), form?.elements.quantity].find((one) => one && !one.disabled);
  (usable ?? document.querySelector("[data-told] button, [data-swap] h1"))?.focus();
}

function show(page) {
  const [next, now] = [page, document].map((one) => one.querySelector("[data-swap]"));
  const was = place();
  const link = page.querySelector("[data-cart-link]");
  now.replaceWith(next);
  document.querySelector("[data-cart-link]").replaceWith(link);
  focusAgain(was);
  watchOpening();
  const parts = [...document.querySelectorAll("[data-told] p, [data-total]")];
  said.textContent = parts.map((one) => one.textContent.trim().replace(/\s+/g, " ")).join(" ");
}

async function fetched(address, how) {
  const answer = await fetch(address, how).catch(() => null);
  const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  return page?.querySelector("[data-swap]") ? page : null;
}

async function send(address, body) {
  const page = await fetched(address, { method: "POST", body });
  if (page) show(page);
  else location.reload();
}

/* What somebody is typing stays. */
async function lookAgain() {
  const page = await fetched(location.href);
  if (page && !document.activeElement.matches("[data-swap] input")) show(page);
}

function watchOpening() {
  const part = document.querySelector('[data-swap][data-phase="before"]');
  if (!part) return;
  const opened = new MutationObserver(() => {
    opened.disconnect();
    if (part.isConnected) setTimeout(() => (turn = turn.then(lookAgain)), Math.random() * OPENED_MS);
  });
  opened.observe(part, { attributeFilter: ["data-phase"] });
}

document.addEventListener("submit", (event) => {
  const [form, button] = [event.target, event.submitter];
  if (!form.closest("[data-swap]")) return;
  event.preventDefault();
  const address = button?.hasAttribute("formaction") ? button.formAction : form.action;
  const body = new URLSearchParams(new FormData(form, button));
  turn = turn.then(() => send(address, body));
});

document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-swap] .quantity input")) return;
  setTimeout(() => target.isConnected && target.form.requestSubmit(), TYPED_MS);
});

watchOpening();
