/* The fields of an address follow the country that is chosen; what was typed stays. Without this a button does it. */

for (const address of document.querySelectorAll("[data-fields]")) {
  const [country, change] = [address.querySelector("[name=country]"), address.querySelector("[name=change_country]")];
  const fields = address.querySelector(".address-fields");
  const typed = {};
  let asked = country.value;

  async function follow() {
    asked = country.value;
    const from = new URL(address.dataset.fields, location);
    from.searchParams.set("country", asked);
    const answer = await fetch(from).catch(() => null);
    const html = answer?.ok && (await answer.text());
    if (asked !== from.searchParams.get("country")) return;
    change.hidden = Boolean(html);
    if (!html) return;
    for (const one of fields.querySelectorAll("[name]")) if (one.value || !one.options) typed[one.name] = one.value;
    fields.innerHTML = html;
    for (const one of fields.querySelectorAll("[name]")) fill(one);
  }

  /* A choice that the country does not have stays open. */
  function fill(one) {
    const value = typed[one.name] ?? "";
    if (!one.options) one.value = value;
    else if ([...one.options].some((option) => option.value === value)) one.value = value;
  }

  change.hidden = true;
  country.onchange = follow;
  /* A browser that comes back fills in the country that was chosen before. */
  if (country.value !== country.querySelector("[selected]")?.value) follow();
}
