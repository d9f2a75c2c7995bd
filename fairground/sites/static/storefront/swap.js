/* Forms of the cart and the wish list without a reload: the page that a form leads to is fetched, its main part and the
   header's count put in place, the focus kept, and what changed said once. Without this they are plain forms. */

/* A press on another button makes a number lose its focus first; its own press must come through. */
const TYPED_MS = 200;

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
  const parts = [...document.querySelectorAll("[data-told] p, [data-total]")];
  said.textContent = parts.map((one) => one.textContent.trim().replace(/\s+/g, " ")).join(" ");
}

async function send(address, body) {
  const answer = await fetch(address, { method: "POST", body }).catch(() => null);
  const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  if (page?.querySelector("[data-swap]")) show(page);
  else location.reload();
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
