/* The total: one strip of digits a place, rolling from figure to figure. */

const language = document.documentElement.lang || "en";
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
/* The language's own digits, 0 to 9. */
const numerals = [...Array(10).keys()].map((digit) => whole.format(digit));

const total = document.getElementById("total");
let totalShape = "";

function buildTotal(parts, shape) {
  totalShape = shape;
  total.replaceChildren();
  let ems = 0;
  for (const { type, value } of parts) {
    for (const character of value) {
      const box = document.createElement("span");
      if (["currency", "decimal", "fraction"].includes(type)) box.classList.add(type);
      const isDigit = numerals.includes(character);
      if (isDigit) {
        box.classList.add("digit");
        const strip = document.createElement("span");
        for (const numeral of [...numerals, ...numerals]) strip.append(Object.assign(document.createElement("span"), { textContent: numeral }));
        box.append(strip);
      } else {
        box.textContent = character;
      }
      ems += isDigit ? 0.605 : type === "currency" ? 0.68 : 0.29;
      total.append(box);
    }
  }
  total.style.setProperty("--ems", ems);
}

export function showTotal(parts) {
  const text = parts.map((part) => part.value).join("");
  const shape = [...text].map((character) => (numerals.includes(character) ? "0" : character)).join("");
  const fresh = shape !== totalShape;
  if (fresh) buildTotal(parts, shape);
  const boxes = [...total.querySelectorAll(".digit")];
  const digits = [...text].filter((character) => numerals.includes(character)).map((character) => numerals.indexOf(character));
  const turn = (box, place) => {
    box.dataset.place = place;
    box.firstChild.style.translate = `0 ${-1.12 * place}em`;
  };
  boxes.forEach((box) => {
    box.toggleAttribute("data-snap", true);
    turn(box, fresh ? 0 : Number(box.dataset.place) % 10);
  });
  /* Reading the layout makes the snap take effect before the roll begins. */
  total.getBoundingClientRect();
  boxes.forEach((box, index) => {
    if (!fresh && !calm.matches) box.removeAttribute("data-snap");
    const from = Number(box.dataset.place);
    turn(box, digits[index] < from && !calm.matches ? digits[index] + 10 : digits[index]);
  });
}

export function showWords(text) {
  totalShape = "";
  total.style.setProperty("--ems", text.length * 0.6);
  total.textContent = text;
}
