/* The live screen. The server sends the full state twice a second; what is here only shows the last one. */

import { grouped, LEFT_TO_RIGHT, locale, whole } from "../fairground/locale.js";
import { openMap, showArcs } from "./map.js";
import { showTotal, showWords } from "./total.js";

const at = (id) => document.getElementById(id);
const percent = new Intl.NumberFormat(locale, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const countryNames = new Intl.DisplayNames([locale], { type: "region" });

const MILESTONES = [1, 5, 10, 50, 100, 500].flatMap((step) => [1e3, 1e6, 1e9].map((unit) => step * unit)).sort((a, b) => a - b);
const MILESTONES_SHOWN = 4;
/* The one realm whose orders are not simulated. */
const REAL = "real";
const ROWS = 8;
/* The server sends 120 seconds; the last of them is still running and is left out of the line. */
const WINDOW_S = 119;
/* Messages come every half second; ten missed ones are no hiccup. */
const LOST_AFTER_MS = 5000;
const RETRY_MS = 3000;
const SUMMARY_EVERY_MS = 10000;

const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
const seconds = (iso) => Date.parse(iso) / 1000;

function money(figures, options) {
  const { currency, currency_digits: digits } = figures;
  return new Intl.NumberFormat(locale, {
    style: "currency", currency, currencyDisplay: "narrowSymbol",
    minimumFractionDigits: digits, maximumFractionDigits: digits, ...grouped, ...options,
  });
}

const major = (figures, amountMinor) => amountMinor / 10 ** figures.currency_digits;
const compact = (figures) => money(figures, { notation: "compact", minimumSignificantDigits: 3, maximumSignificantDigits: 3 });

/* "8 s", "3 min 20 s", "1 h 5 min": the two largest units. */
function duration(totalSeconds) {
  const parts = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  let rest = totalSeconds;
  const words = [];
  for (const [unit, size] of parts) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count) words.push(new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" }).format(count));
  }
  return words.slice(0, 2).join(" ") || new Intl.NumberFormat(locale, { style: "unit", unit: "second", unitDisplay: "short" }).format(0);
}

function clockTime(iso, zone) {
  return new Intl.DateTimeFormat(locale, { timeStyle: "medium", hourCycle: "h23", timeZone: zone }).format(new Date(iso));
}

/* ---- lists ---- */

function showRows(list, rows, withBars) {
  while (list.children.length > rows.length) list.lastChild.remove();
  const most = Math.max(1, ...rows.map((row) => row.amount));
  rows.forEach(({ name, amount, text }, index) => {
    let item = list.children[index];
    if (!item) {
      item = Object.assign(document.createElement("li"), { className: "row" });
      item.append(document.createElement("bdi"), document.createElement("b"));
      if (withBars) item.append(document.createElement("i"));
      list.append(item);
    }
    item.children[0].textContent = name;
    item.children[1].textContent = text;
    if (withBars) item.children[2].style.setProperty("--share", `${(100 * amount) / most}%`);
  });
}

function countryName(code) {
  try {
    return countryNames.of(code) ?? code;
  } catch (error) {
    if (error instanceof RangeError) return code;
    throw error;
  }
}

/* ---- orders a second ---- */

function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 10)));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((top) => top >= value);
}

function showRate(figures, nowSecond) {
  const placed = new Map(figures.per_second);
  const ghost = new Map(figures.last_year_per_second ?? []);
  const span = Array.from({ length: WINDOW_S }, (_, index) => nowSecond - WINDOW_S + index);
  const top = niceTop(Math.max(...span.map((second) => Math.max(placed.get(second) ?? 0, ghost.get(second) ?? 0))));
  const path = (values) => `M${span.map((second, index) => `${index} ${(100 - (100 * (values.get(second) ?? 0)) / top).toFixed(2)}`).join("L")}`;
  at("rate-line").setAttribute("d", path(placed));
  at("rate-area").setAttribute("d", `${path(placed)}V100H0Z`);
  at("rate-ghost").setAttribute("d", ghost.size ? path(ghost) : "");
  at("rate-top").textContent = whole.format(top);
  const rate = placed.get(nowSecond - 1) ?? 0;
  at("rate").textContent = whole.format(rate);
  return rate;
}

/* ---- milestones: the second in which the count of orders passed a round number, by the festival's clock ---- */

const passed = new Map();
let passedKey = "";

function showMilestones(figures, opensSecond) {
  const key = `milestones ${figures.realm} ${figures.festival.slug} ${figures.festival.opens_at}`;
  if (key !== passedKey) {
    passedKey = key;
    passed.clear();
    for (const [orders, took] of JSON.parse(sessionStorage.getItem(key) ?? "[]")) passed.set(orders, took);
  }
  let before = figures.placed.orders - figures.per_second.reduce((sum, [, count]) => sum + count, 0);
  const known = passed.size;
  for (const [second, count] of figures.per_second) {
    for (const orders of MILESTONES) {
      const crossed = before < orders && before + count >= orders;
      if (crossed && second >= opensSecond && !passed.has(orders)) passed.set(orders, second + 1 - opensSecond);
    }
    before += count;
  }
  if (passed.size !== known) sessionStorage.setItem(key, JSON.stringify([...passed]));
  const list = at("milestones");
  const latest = [...passed].sort(([a], [b]) => b - a).slice(0, MILESTONES_SHOWN);
  list.closest("section").hidden = latest.length === 0;
  list.replaceChildren(...latest.map(([orders, took]) => Object.assign(document.createElement("li"), {
    textContent: fill(list.dataset.passed, { orders: whole.format(orders), time: duration(took) }),
  })));
}

/* ---- one message ---- */

let latest = null;
let receivedAt = 0;
let summaryAt = 0;
const { body } = document;

function phaseOf(now, { opens_at: opens, closes_at: closes }) {
  if (now < seconds(opens)) return "before";
  return now < seconds(closes) ? "open" : "after";
}

function countdown(left) {
  const days = Math.floor(left / 86400);
  const clock = [Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60].map((part) => String(part).padStart(2, "0"));
  return (days ? `${duration(days * 86400)} ` : "") + clock.join(":");
}

function showBefore(figures, left) {
  at("caption").textContent = at("caption").dataset.opens;
  showWords(countdown(left));
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short", hourCycle: "h23", timeZone: figures.festival.zone });
  at("opens").textContent = `${moment.format(new Date(figures.festival.opens_at))} · ${at("place").textContent}`;
  return fill(at("summary").dataset.before, { time: duration(left) });
}

function showRunning(figures, phase, now) {
  const paying = figures.paid.amount_minor > 0 || figures.placed.amount_minor === 0;
  const amount = major(figures, (paying ? figures.paid : figures.placed).amount_minor);
  const captions = at("caption").dataset;
  at("caption").textContent = phase === "after" ? captions.final : paying ? captions.paid : captions.ordered;
  at("opens").textContent = "";
  showTotal(money(figures).formatToParts(amount));
  const rate = showRate(figures, Math.floor(now));
  showMilestones(figures, seconds(figures.festival.opens_at));
  const short = compact(figures);
  const row = (name, amountMinor) => ({ name, amount: amountMinor, text: short.format(major(figures, amountMinor)) + LEFT_TO_RIGHT });
  showRows(at("countries"), figures.countries.slice(0, ROWS).map(({ code, amount_minor: sum }) => row(countryName(code), sum)), true);
  showRows(at("merchants"), figures.merchants.slice(0, ROWS).map(({ name, amount_minor: sum }) => row(name, sum)), false);
  at("placed").textContent = whole.format(figures.placed.orders);
  at("paid").textContent = whole.format(figures.paid.orders);
  at("mobile").textContent = percent.format(figures.mobile_share_bps / 10000);
  at("reach").textContent = whole.format(figures.buyers_countries);
  return fill(at("summary").dataset.running, {
    amount: money(figures).format(major(figures, figures.paid.amount_minor)), rate: whole.format(rate),
    placed: whole.format(figures.placed.orders), paid: whole.format(figures.paid.orders),
  });
}

/* The server wrote the city's name in the page's language; another festival's is the one in its zone's id. */
function showPlace(zone) {
  const place = at("place");
  if (place.dataset.zone === zone) return;
  place.dataset.zone = zone;
  place.textContent = zone.split("/").at(-1).replaceAll("_", " ");
}

function show(figures) {
  latest = figures;
  receivedAt = performance.now();
  const now = seconds(figures.now);
  const phase = phaseOf(now, figures.festival);
  Object.assign(body.dataset, { phase, connection: "live" });
  at("lost").hidden = !figures.rests;
  if (figures.rests) at("lost").textContent = fill(at("lost").dataset.rests, { time: clockTime(figures.now, figures.festival.zone) });
  const { names, zone } = figures.festival;
  at("festival").textContent = names[locale.language] ?? names.en ?? at("festival").textContent;
  showPlace(zone);
  at("clock").textContent = clockTime(figures.now, figures.festival.zone);
  const labels = at("realm").dataset;
  at("realm").hidden = figures.realm === REAL;
  at("realm").textContent = labels[figures.realm] ?? labels.rehearsal;
  const summary = phase === "before" ? showBefore(figures, Math.ceil(seconds(figures.festival.opens_at) - now)) : showRunning(figures, phase, now);
  showArcs(figures.arcs);
  if (receivedAt - summaryAt >= SUMMARY_EVERY_MS || !summaryAt) {
    at("summary").textContent = summary;
    summaryAt = receivedAt;
  }
}

/* ---- the connection ---- */

function watch() {
  if (performance.now() - receivedAt < LOST_AFTER_MS || body.dataset.connection === "lost") return;
  const { dataset } = at("lost");
  body.dataset.connection = "lost";
  at("lost").hidden = false;
  at("lost").textContent = latest ? fill(dataset.lost, { time: clockTime(latest.now, latest.festival.zone) }) : dataset.never;
}

/* The browser reconnects by itself after a broken line, but gives up for good on an error page such as 503. */
function connect() {
  const stream = new EventSource(body.dataset.stream);
  stream.addEventListener("figures", (event) => show(JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, RETRY_MS);
  });
}

setInterval(watch, 1000);
connect();
await openMap(body.dataset.world);
if (latest) showArcs(latest.arcs);
