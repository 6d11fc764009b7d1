// Shared by every page of the outside world: the control API, small pieces of markup,
// the red bar while faults are on, and copy buttons. No framework, no request to elsewhere.

/** Calls the control API. Resolves to the JSON answer; rejects with an Error that can be shown. */
export async function control(method, path, body) {
  const options = { method, headers: { Accept: "application/json" } };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch("/control/api/" + path, options);
  const text = await answer.text();
  let value = text;
  try {
    value = text === "" ? null : JSON.parse(text);
  } catch {
    // A file (the statement) or a plain error text: kept as text.
  }
  if (!answer.ok) {
    throw new Error(reasonIn(value) ?? `The simulator answered ${answer.status}.`);
  }
  return value;
}

function reasonIn(value) {
  if (typeof value === "string" && value !== "" && value.length < 300) return value;
  if (value === null || typeof value !== "object") return null;
  const reason = value.error ?? value.detail ?? value.message ?? null;
  return typeof reason === "string" ? reason : null;
}

/** Makes an element. Children are nodes or text; text is never read as markup. */
export function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** «KSh 1,500» that never breaks over two lines. */
export function money(amount) {
  return make("span", { class: "money" }, "KSh\u00a0" + Number(amount).toLocaleString("en-KE"));
}

/** Text with every «M-PESA» kept on one line. */
export function words(text) {
  const parts = text.split("M-PESA");
  return parts.flatMap((part, index) => (index === 0 ? [part] : [make("span", { class: "nb" }, "M-PESA"), part]));
}

const NAIROBI = "Africa/Nairobi";

/** Milliseconds since the epoch → «12:15:09», Nairobi. */
export function timeOfDay(ms, withSeconds = true) {
  const form = { timeZone: NAIROBI, hour: "2-digit", minute: "2-digit", hour12: false };
  if (withSeconds) form.second = "2-digit";
  return new Date(ms).toLocaleTimeString("en-GB", form);
}

/** Milliseconds since the epoch → «Mon 2 March 2026», Nairobi. */
export function dayOf(ms) {
  const form = { timeZone: NAIROBI, weekday: "short", day: "numeric", month: "long", year: "numeric" };
  return new Date(ms).toLocaleDateString("en-GB", form).replace(",", "");
}

/** Puts `node` in the place of what `holder` holds, unless it already says the same. */
export function show(holder, key, build) {
  if (holder.dataset.shown === key) return;
  holder.dataset.shown = key;
  holder.replaceChildren(...[build()].flat().filter((node) => node !== null));
}

/** Calls `step` now and then `pause_ms` after each end, only while somebody looks at the page. */
export function every(pause_ms, step) {
  const again = async () => {
    if (!document.hidden) await step().catch(() => undefined);
    setTimeout(again, pause_ms);
  };
  again();
}

/** The last two thirds of a phone number are nobody's business on a shared screen. */
export function masked(phone) {
  const local = String(phone).replace(/^254/, "0");
  return local.length < 6 ? local : local.slice(0, 2) + "•••••" + local.slice(-3);
}

function faultWords(fault) {
  const whom = fault.phone ? `, phone ${masked(fault.phone)}` : "";
  const left = fault.left ?? fault.count;
  if (fault.rate !== null && fault.rate !== undefined && fault.rate < 1) {
    return `${fault.call} ${fault.fault}${whom}, ${Math.round(fault.rate * 100)} % of calls`;
  }
  return `${fault.call} ${fault.fault}${whom}` + (left ? `, next ${left}` : ", always");
}

export function describeFault(fault) {
  return faultWords(fault);
}

async function refreshFaultBar() {
  const holder = document.getElementById("faults");
  const faults = listIn(await control("GET", "faults"), "faults");
  show(holder, JSON.stringify(faults), () => (faults.length === 0 ? null : faultBar(faults)));
}

function faultBar(faults) {
  const count = faults.length === 1 ? "1 fault: " : `${faults.length} faults: `;
  const remove = make("button", { type: "button", onclick: removeAllFaults }, "Remove all");
  const text = count + faults.slice(0, 4).map(faultWords).join(" · ") + (faults.length > 4 ? " · …" : "");
  return make("p", { class: "fault" }, make("span", {}, text), remove);
}

async function removeAllFaults() {
  await control("DELETE", "faults");
  await refreshFaultBar();
  document.dispatchEvent(new CustomEvent("faults-changed"));
}

/** A list answered bare or under its name. */
export function listIn(value, name) {
  if (Array.isArray(value)) return value;
  return Array.isArray(value?.[name]) ? value[name] : [];
}

function copyFrom(button) {
  const text = document.getElementById(button.dataset.copy).textContent;
  return copyText(button, text);
}

/** Copies `text` and says so on the button for two seconds. */
export async function copyText(button, text) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select and copy by hand";
  }
  setTimeout(() => (button.textContent = before), 2000);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copyFrom(button));
}
document.addEventListener("faults-changed", () => refreshFaultBar().catch(() => undefined));
every(2000, refreshFaultBar);
