/* The map: a lattice of land dots, arcs from merchants' countries to buyers', a comet for orders just placed. */

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/* A canvas takes no `var()`, so an element's computed colour stands in. */
function tokens(...names) {
  const probe = document.body.appendChild(document.createElement("span"));
  const found = names.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(found);
}

const canvas = document.getElementById("map");
const pen = canvas.getContext("2d");
const ground = document.createElement("canvas");
const colours = tokens("accent", "ink", "edge");

let world = null;
let scale = 1;
let arcs = [];
let buyers = new Map();
let comets = [];
/* A rush spawns more than a map can show; beyond this many they read as noise. */
const COMETS_MAX = 90;
const COMET_MS = 1100;

/* Gall's stereographic projection, in the lattice's own columns. */
const gall = (latitude) => (1 + Math.SQRT2 / 2) * Math.tan((latitude * Math.PI) / 360) * (180 / Math.PI) * Math.SQRT2;

function project([longitude, latitude]) {
  const turned = (longitude - world.west + 360) % 360;
  return [(turned * world.columns) / 360, ((gall(world.north) - gall(latitude)) * world.columns) / 360];
}

function drawGround() {
  const ratio = Math.min(devicePixelRatio, 2);
  const box = canvas.getBoundingClientRect();
  if (!world || !box.width || !box.height) return;
  canvas.width = ground.width = Math.round(box.width * ratio);
  canvas.height = ground.height = Math.round(box.height * ratio);
  scale = Math.min(canvas.width / (world.columns + 1), canvas.height / world.rows.length);
  const brush = ground.getContext("2d");
  brush.translate((canvas.width - scale * (world.columns + 1)) / 2, (canvas.height - scale * world.rows.length) / 2);
  pen.setTransform(brush.getTransform());
  brush.fillStyle = colours.edge;
  brush.globalAlpha = 0.62;
  world.rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x += 1) {
      if (row[x] !== "#") continue;
      brush.beginPath();
      brush.arc((x + 0.5 + (y % 2) / 2) * scale, (y + 0.5) * scale, 0.3 * scale, 0, 2 * Math.PI);
      brush.fill();
    }
  });
}

function curve(from, to) {
  const [a, b] = [project(from), project(to)];
  const lift = 0.1 * Math.hypot(b[0] - a[0], b[1] - a[1]) + Math.abs(b[0] - a[0]) * 0.12;
  const middle = [(a[0] + b[0]) / 2, Math.max(0.5, Math.min(a[1], b[1], (a[1] + b[1]) / 2) - lift)];
  return [a, middle, b].map(([x, y]) => [x * scale, y * scale]);
}

function along([a, m, b], t) {
  return [0, 1].map((axis) => (1 - t) ** 2 * a[axis] + 2 * t * (1 - t) * m[axis] + t ** 2 * b[axis]);
}

export function showArcs(latest) {
  if (!world) return;
  const earlier = new Map(arcs.map((arc) => [arc.key, arc.orders]));
  const drawn = latest.filter(({ from, to }) => world.anchors[from] && world.anchors[to]);
  buyers = new Map();
  for (const { to, orders } of drawn) buyers.set(to, (buyers.get(to) ?? 0) + orders);
  const most = Math.max(1, ...drawn.map((arc) => arc.orders));
  arcs = drawn.map(({ from, to, orders }) => ({
    key: `${from} ${to}`, from, to, orders, weight: Math.sqrt(orders / most), points: curve(world.anchors[from], world.anchors[to]), home: from === to,
  }));
  if (!calm.matches && !document.hidden) launch(earlier);
  redraw();
}

/* A comet or a few for every arc that has new orders, more on a busier arc, spread over the half second to come. */
function launch(earlier) {
  const begins = performance.now();
  for (const arc of arcs) {
    const added = earlier.has(arc.key) ? arc.orders - earlier.get(arc.key) : 0;
    const count = arc.home || added <= 0 ? 0 : Math.ceil(2 * arc.weight);
    for (let index = 0; index < count && comets.length < COMETS_MAX; index += 1) {
      comets.push({ arc, begins: begins + (500 * (index + Math.random())) / count });
    }
  }
}

function drawMap() {
  if (!world || !ground.width) return;
  pen.save();
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(ground, 0, 0);
  pen.restore();
  pen.lineCap = "round";
  pen.strokeStyle = colours.accent;
  for (const { points: [a, m, b], weight, home } of arcs) {
    if (home) continue;
    pen.globalAlpha = 0.22 + 0.5 * weight;
    pen.lineWidth = scale * (0.12 + 0.5 * weight);
    pen.beginPath();
    pen.moveTo(...a);
    pen.quadraticCurveTo(...m, ...b);
    pen.stroke();
  }
  const most = Math.max(1, ...buyers.values());
  pen.fillStyle = colours.accent;
  for (const [code, count] of buyers) {
    const [x, y] = project(world.anchors[code]);
    const radius = scale * (0.35 + 0.95 * Math.sqrt(count / most));
    for (const [grow, alpha] of [[2.4, 0.16], [1, 1]]) {
      pen.globalAlpha = alpha;
      pen.beginPath();
      pen.arc(x * scale, y * scale, radius * grow, 0, 2 * Math.PI);
      pen.fill();
    }
  }
  pen.globalAlpha = 1;
}

function drawComets(time) {
  comets = comets.filter((comet) => time < comet.begins + COMET_MS);
  pen.fillStyle = colours.ink;
  for (const { arc, begins } of comets) {
    const head = (time - begins) / COMET_MS;
    for (let step = 0; step < 7; step += 1) {
      const t = head - step * 0.012;
      if (t < 0 || t > 1) continue;
      pen.globalAlpha = (1 - step / 7) * 0.9;
      pen.beginPath();
      pen.arc(...along(arc.points, t), scale * (0.34 - step * 0.03), 0, 2 * Math.PI);
      pen.fill();
    }
  }
  pen.globalAlpha = 1;
}

let animating = false;

function animate(time) {
  drawMap();
  drawComets(time);
  animating = comets.length > 0;
  if (animating) requestAnimationFrame(animate);
}

function redraw() {
  if (!animating) requestAnimationFrame(animate);
  animating = true;
}

export async function openMap(address) {
  world = await (await fetch(address)).json();
  new ResizeObserver(() => {
    drawGround();
    for (const arc of arcs) arc.points = curve(world.anchors[arc.from], world.anchors[arc.to]);
    redraw();
  }).observe(canvas);
}
