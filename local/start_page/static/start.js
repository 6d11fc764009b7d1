// The last payments and the clock of the start page, refreshed without a flash.
import { control, dayOf, every, timeOfDay } from "/outside/outside.js";

const payments = document.getElementById("payments");
const clock = document.getElementById("clock");

async function refreshPayments() {
  const answer = await fetch(payments.dataset.from);
  const told = document.createElement("template");
  told.innerHTML = await answer.text();
  if (told.innerHTML.trim() === payments.innerHTML.trim()) return;
  payments.replaceChildren(told.content);
}

async function refreshClock() {
  const told = await control("GET", "clock");
  const now = Date.parse(told.now);
  clock.textContent = `Clock: ${dayOf(now)}, ${timeOfDay(now)}, ${told.frozen ? "stands still" : "runs"}`;
}

every(2000, refreshPayments);
every(1000, refreshClock);
