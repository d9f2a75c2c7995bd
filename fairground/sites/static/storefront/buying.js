/* The product's form: the button that buys goes by the deal of the variant that is chosen, and that it opened is said
   once. The clock itself is countdown.js; without JavaScript the button is as it was when the page was made. */

const form = document.querySelector("[data-buying]");
const buy = form?.elements.buy;
const status = form?.querySelector("[data-opened]");

function follow(variant) {
  const { opens, closes, phase = "open", words, most } = variant.dataset;
  for (const [name, value] of Object.entries({ opens, closes, phase })) {
    if (value) buy.dataset[name] = value;
    else delete buy.dataset[name];
  }
  buy.disabled = phase === "before";
  if (words) buy.querySelector('[data-when="before"]').textContent = words;
  form.elements.quantity.max = most;
}

if (buy) {
  form.addEventListener("change", ({ target }) => target.name === "sku" && follow(target));
  const opened = new MutationObserver(([change]) => {
    if (change.oldValue !== "before" || buy.dataset.phase !== "open") return;
    status.textContent = status.dataset.opened;
    opened.disconnect();
  });
  opened.observe(buy, { attributeFilter: ["data-phase"], attributeOldValue: true });
}
