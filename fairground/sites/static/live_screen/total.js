/* The total: one strip of digits a place, rolling from figure to figure. */

import { whole } from "../fairground/locale.js";

const rightToLeft = document.documentElement.dir === "rtl";
const calm = matchMedia("(prefers-reduced-motion: reduce)");
/* The language's own digits, 0 to 9. */
const numerals = [...Array(10).keys()].map((digit) => whole.format(digit));

const total = document.getElementById("total");
let totalShape = "";

const NUMBER = ["integer", "group", "decimal", "fraction"];
/* Marks of direction take no room, and every character stands in a box of its own. */
const MARKS = /[\u061c\u200e\u200f]/g;

/* The boxes stand from left to right. What a language written from the right says after the number stands before it. */
function inSight(parts) {
  const shown = parts.map(({ type, value }) => ({ type, value: value.replace(MARKS, "") }));
  if (!rightToLeft) return shown;
  const first = shown.findIndex(({ type }) => NUMBER.includes(type));
  const after = shown.findLastIndex(({ type }) => NUMBER.includes(type)) + 1;
  return [...shown.slice(after).reverse(), ...shown.slice(first, after), ...shown.slice(0, first).reverse()];
}

function buildTotal(parts, shape) {
  totalShape = shape;
  total.replaceChildren();
  let ems = 0;
  for (const { type, value } of parts) {
    /* A symbol of letters, such as that of the riyal, joins them. */
    for (const character of type === "currency" ? [value] : value) {
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
      ems += isDigit ? 0.605 : type === "currency" ? 0.68 * value.length : 0.29;
      total.append(box);
    }
  }
  total.style.setProperty("--ems", ems);
}

export function showTotal(written) {
  const parts = inSight(written);
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
