/* Suggestions under the search box: an ARIA combobox. Without this it is a plain form. */

const WAIT_MS = 180;
const form = document.querySelector("[data-suggestions]");
const [input, list] = [form.q, form.querySelector("ul")];
let timer, asked, at;

function mark(next) {
  at = next;
  [...list.children].forEach((row, place) => (row.ariaSelected = place === at));
  input.setAttribute("aria-activedescendant", list.children[at]?.id ?? "");
}

function show(found) {
  list.replaceChildren(...found.map(({ text, kind, href }, place) => {
    const [row, name, what] = ["li", "span", "small"].map((tag) => document.createElement(tag));
    Object.assign(row, { id: `one-${place}`, role: "option" }).dataset.href = href;
    name.textContent = text;
    what.textContent = kind;
    row.append(name, what);
    return row;
  }));
  list.hidden = !found.length;
  input.ariaExpanded = !list.hidden;
  mark(-1);
}

async function ask() {
  const query = (asked = `${new URLSearchParams(new FormData(form))}`);
  const answer = await fetch(`${form.dataset.suggestions}?${query}`).catch(() => null);
  if (answer?.ok && asked === query) show((await answer.json()).suggestions);
}

function close() {
  clearTimeout(timer);
  asked = "";
  show([]);
}

function go(row) {
  if (row) location = row.dataset.href;
}

input.role = "combobox";
input.ariaAutoComplete = "list";
input.setAttribute("aria-controls", list.id);
input.oninput = () => {
  clearTimeout(timer);
  if (input.value.trim()) timer = setTimeout(ask, WAIT_MS);
  else close();
};
input.onkeydown = (event) => {
  const [all, step] = [list.children.length + 1, { ArrowDown: 1, ArrowUp: -1 }[event.key]];
  if (step && all > 1) mark(((at + 1 + step + all) % all) - 1);
  else if (event.key === "Enter" && at >= 0) go(list.children[at]);
  else if (event.key === "Escape" && !list.hidden) close();
  else return;
  event.preventDefault();
};
input.onblur = close;
list.onpointerdown = (event) => event.preventDefault();
list.onclick = (event) => go(event.target.closest("li"));
close();
