/* What was looked at lately. This browser alone remembers it, as ids; how the products look now is asked for. */

const KEY = "fairground-seen";

const shelf = document.querySelector("[data-seen]");
const most = Number(shelf?.dataset.most);

/* A browser that keeps nothing says so by an error. */
function remembered() {
  try {
    const ids = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(ids) ? ids.filter((id) => /^[0-9]{1,19}$/.test(id)).slice(0, most) : [];
  } catch {
    return [];
  }
}

function remember(ids) {
  try {
    if (ids.length) localStorage.setItem(KEY, JSON.stringify(ids.slice(0, most)));
    else localStorage.removeItem(KEY);
  } catch {
    /* Then it is not remembered. */
  }
}

async function show(ids) {
  const address = new URL(shelf.dataset.seen, location);
  address.searchParams.set("ids", ids.join(","));
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok) return;
  shelf.querySelector("ul").innerHTML = await answer.text();
  shelf.hidden = !shelf.querySelector("li");
}

if (shelf) {
  const { here } = shelf.dataset;
  const others = remembered().filter((id) => id !== here);
  shelf.querySelector("button").addEventListener("click", () => {
    remember([]);
    shelf.hidden = true;
    document.querySelector("h1").tabIndex = -1;
    document.querySelector("h1").focus();
  });
  if (others.length) show(others);
  if (here) remember([here, ...others]);
}
