// What was put on the event bus, newest first, each with its whole text on request.
import { control, every, make, money, timeOfDay } from "/outside/outside.js";

const ROWS_MAX = 100;
const table = document.getElementById("events");
let newest = 0;

async function refresh() {
  const { events } = await control("GET", "events?after=" + newest);
  if (events.length === 0) return;
  if (newest === 0) table.replaceChildren();
  for (const event of events) table.prepend(row(event));
  newest = events.at(-1).number;
  while (table.rows.length > ROWS_MAX) table.lastElementChild.remove();
}

function row(event) {
  const about = event.detail.data ?? {};
  const whole = make("button", { type: "button", class: "link", "aria-expanded": "false" }, "whole");
  const line = make("tr", {},
    make("td", {}, timeOfDay(Date.parse(event.time))),
    make("td", {}, make("b", {}, event["detail-type"])),
    make("td", { class: "id" }, about.order ?? about.account_reference ?? about.id ?? "–"),
    make("td", {}, stands(about)),
    make("td", { class: "n" }, about.amount === undefined ? "" : money(about.amount)),
    make("td", { class: "do" }, whole));
  whole.addEventListener("click", () => toggle(whole, line, event));
  return line;
}

function stands(about) {
  const flags = about.flags?.length ? `, ${about.flags.join(", ").replaceAll("_", " ")}` : "";
  return (about.status ?? "").replaceAll("_", " ") + flags;
}

function toggle(button, line, event) {
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  line.classList.toggle("open", !open);
  if (open) line.nextElementSibling.remove();
  else line.after(make("tr", {}, make("td", { colspan: "6" }, make("pre", { tabindex: "0" }, JSON.stringify(event.detail, null, 2)))));
}

every(1000, refresh);
