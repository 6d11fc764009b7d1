// The page of the phones: which ones stand side by side, their state once a second, the keyboard.
import { control, every, listIn, make } from "/outside/outside.js";
import { Phone } from "/outside/phone.js";

const SIDE_BY_SIDE_MAX = 6;
const SHOWN_AT_FIRST = 3;
const REMEMBERED = "phones-on-the-desk";

const desk = document.getElementById("phones");
const stale = document.getElementById("stale");
const adding = document.getElementById("adding");
const alone = desk.dataset.alone;

const nobody = make("p", { class: "empty" }, alone ? "There is no such phone." : "No phone on the desk. Add one below.");
const drawn = new Map(); // number → Phone, in the order on the desk
let clock = { at: Date.now(), read: performance.now(), frozen: false };
let chosen = alone ? null : remembered();

/** Virtual milliseconds, carried on between two reads of the clock. */
function now() {
  return clock.frozen ? clock.at : clock.at + (performance.now() - clock.read);
}

async function refresh() {
  try {
    const [told, states] = await Promise.all([control("GET", "clock"), statesNow()]);
    clock = { at: Date.parse(told.now), read: performance.now(), frozen: told.frozen };
    place(states);
    for (const state of states) drawn.get(state.shown)?.update(state, now());
    stale.hidden = true;
  } catch {
    stale.textContent = "The simulator does not answer. What you see may be old; trying again.";
    stale.hidden = false;
  }
}

async function statesNow() {
  if (alone && alone.length >= 9) return [await control("GET", "phones/" + alone)];
  const all = listIn(await control("GET", "phones"), "phones");
  return alone ? all.slice(Number(alone) - 1, Number(alone)) : all;
}

/** Puts phones on the desk and takes them away; those that stay are not touched. */
function place(states) {
  const wanted = alone ? states.map((state) => state.shown) : wantedOf(states);
  for (const number of [...drawn.keys()]) if (!wanted.includes(number)) drawn.delete(number);
  for (const number of wanted) if (!drawn.has(number)) drawn.set(number, newPhone(number, states));
  const elements = wanted.length ? wanted.map((number) => drawn.get(number).element) : [nobody];
  for (const child of [...desk.children]) if (!elements.includes(child)) child.remove();
  elements.forEach((element, place) => {
    if (desk.children[place] !== element) desk.insertBefore(element, desk.children[place] ?? null);
  });
}

function newPhone(number, states) {
  const title = alone ? "Phone" : states.find((state) => state.shown === number).name;
  return new Phone(number, named(title), { alone: Boolean(alone), onPutAway: () => putAway(number) });
}

function named(name) {
  return name.charAt(0) + name.slice(1).toLowerCase();
}

/** The chosen numbers that exist, and behind them any phone that a prompt has reached. */
function wantedOf(states) {
  const known = states.map((state) => state.shown);
  chosen ??= known.slice(0, SHOWN_AT_FIRST);
  const asked = states.filter((state) => state.prompt && !state.magic && !state.pays_by_itself);
  for (const state of asked) if (!chosen.includes(state.shown)) bring(state.shown);
  return chosen.filter((number) => known.includes(number));
}

/** Puts a number on the desk; if it is full, the one that has waited longest without a prompt goes. */
function bring(number) {
  const kept = chosen.filter((other) => other !== number);
  if (kept.length >= SIDE_BY_SIDE_MAX) {
    const idle = kept.find((other) => !drawn.get(other)?.asks) ?? kept[0];
    kept.splice(kept.indexOf(idle), 1);
  }
  choose([...kept, number]);
}

function putAway(number) {
  choose(chosen.filter((other) => other !== number));
  refresh();
}

function choose(numbers) {
  chosen = numbers;
  sessionStorage.setItem(REMEMBERED, JSON.stringify(numbers));
}

function remembered() {
  try {
    const numbers = JSON.parse(sessionStorage.getItem(REMEMBERED) ?? "null");
    return Array.isArray(numbers) ? numbers : null;
  } catch {
    return null;
  }
}

async function add(event) {
  event.preventDefault();
  const field = adding.elements.number;
  const told = document.getElementById("adding-told");
  try {
    const phone = await control("POST", "phones", { number: field.value });
    bring(phone.shown);
    field.value = "";
    told.textContent = "";
    await refresh();
    drawn.get(phone.shown)?.element.focus();
  } catch (problem) {
    told.textContent = problem.message;
  }
}

/** The phone in focus; with nothing in focus, the only one that asks. */
function phoneForKeys() {
  const inFocus = document.activeElement?.closest?.(".one");
  if (inFocus) return drawn.get(inFocus.dataset.number);
  if (document.activeElement !== document.body) return undefined;
  const asking = [...drawn.values()].filter((phone) => phone.asks);
  return asking.length === 1 ? asking[0] : undefined;
}

function onKey(event) {
  const typing = event.target.matches?.("input");
  const onDigit = event.target.matches?.(".pad button:not(.cancel)");
  const pressing = event.key === "Enter" && !onDigit && event.target.matches?.("button,a");
  if (event.ctrlKey || event.metaKey || event.altKey || pressing || (typing && event.key !== "Escape")) return;
  if (!/^(\d|Enter|Escape|Backspace)$/.test(event.key)) return;
  const phone = phoneForKeys();
  if (!phone?.asks || (event.key === "Enter" && onDigit && !phone.complete)) return;
  event.preventDefault();
  phone.key(event.key);
}

adding?.addEventListener("submit", add);
document.addEventListener("keydown", onKey);
document.addEventListener("phones-changed", refresh);
every(1000, refresh);
setInterval(() => drawn.forEach((phone) => phone.draw(now())), 250);
