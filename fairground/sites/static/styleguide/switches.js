/* The switches of the styleguide without a reload; without this script they are links to the same. */

const root = document.documentElement;
const switches = [...document.querySelectorAll("[data-set-theme], [data-set-dir]")];

function isChosen({ dataset }) {
  return "setDir" in dataset ? root.dir === dataset.setDir : (root.dataset.theme ?? "") === dataset.setTheme;
}

function choose({ dataset, href }) {
  if ("setDir" in dataset) root.dir = dataset.setDir;
  else if (dataset.setTheme) root.dataset.theme = dataset.setTheme;
  else delete root.dataset.theme;
  const asked = new URL(href).searchParams;
  const changed = "setDir" in dataset ? "dir" : "theme";
  for (const one of switches) {
    const address = new URL(one.href);
    if ("setDir" in one.dataset !== (changed === "dir")) address.searchParams.set(changed, asked.get(changed));
    one.href = address;
    one.toggleAttribute("aria-current", false);
    if (isChosen(one)) one.setAttribute("aria-current", "true");
  }
  history.replaceState(null, "", href);
}

for (const one of switches) {
  one.addEventListener("click", (event) => {
    event.preventDefault();
    choose(one);
  });
}
