// The control panel's forms and buttons. Everything goes over the control API.
import { control, dayOf, describeFault, every, listIn, make, money, show, timeOfDay } from "/outside/outside.js";

const byId = (id) => document.getElementById(id);

function tell(text, bad = false) {
  byId("told").textContent = text;
  byId("told").classList.toggle("bad", bad);
}

/** Runs one act of a button or form; says how it ended. */
async function act(done, step) {
  try {
    const told = await step();
    tell(typeof done === "function" ? done(told) : done);
  } catch (problem) {
    tell(problem.message, true);
  }
}

function onClick(selector, handle) {
  for (const button of document.querySelectorAll(selector)) {
    button.addEventListener("click", () => handle(button));
  }
}

function onSubmit(id, handle) {
  byId(id).addEventListener("submit", (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    handle((name) => String(form.get(name) ?? "").trim());
  });
}

// Clock

const SIGNED_BY_MACHINE_S = 300; // from here on a server would take a signature of this clock for an old one's
let clockShown = null;

async function refreshClock() {
  drawClock(await control("GET", "clock"));
}

function drawClock(told) {
  const now = Date.parse(told.now);
  clockShown = told;
  byId("clock-time").textContent = timeOfDay(now);
  const ahead = Math.round(told.offset_s);
  const beside = ahead > 1 ? `, ${lengthOf(ahead)} ahead of this machine` : "";
  byId("clock-day").textContent = `${dayOf(now)}, Nairobi, ${told.frozen ? "stands still" : "runs"}${beside}`;
  byId("signed").hidden = ahead < SIGNED_BY_MACHINE_S;
  byId("freeze").textContent = told.frozen ? "Let it run" : "Freeze";
  byId("freeze").setAttribute("aria-pressed", String(told.frozen));
}

/** 93784 → «1 d 2 h»: the two largest parts. */
function lengthOf(seconds) {
  const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const parts = units.map(([size, unit], place) => {
    const within = place === 0 ? Infinity : units[place - 1][0];
    return [Math.floor((seconds % within) / size), unit];
  });
  const first = parts.findIndex(([count]) => count > 0);
  return parts.slice(first, first + 2).filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`).join(" ");
}

onClick("[data-advance]", async (button) => {
  byId("clock-told").textContent = "Moving the clock; what falls due on the way happens in order…";
  await act(`The clock moved ${button.textContent.trim()}.`, async () => {
    await control("POST", "clock", { advance_s: Number(button.dataset.advance) });
    await refreshClock();
  });
  byId("clock-told").textContent = "";
});
byId("freeze").addEventListener("click", () => act(
  () => (clockShown.frozen ? "The clock stands still." : "The clock runs."),
  async () => {
    await control("POST", "clock", { frozen: !clockShown?.frozen });
    await refreshClock();
  }));

// Faults

const faultsOf = JSON.parse(byId("add-fault").dataset.faults);

function fillFaults() {
  byId("fault").replaceChildren(...faultsOf[byId("call").value].map((fault) => make("option", {}, fault)));
}

byId("call").addEventListener("change", fillFaults);
byId("call").value = "stk_callback";
fillFaults();
byId("fault").value = "lost";

onSubmit("add-fault", (field) => act("The fault is on.", async () => {
  const order = { call: field("call"), fault: field("fault") };
  if (field("phone")) order.phone = field("phone");
  if (field("often") === "half") order.rate = 0.5;
  else if (field("often") !== "always") order.count = Number(field("often"));
  await control("POST", "faults", order);
  faultsChanged();
}));

function faultsChanged() {
  document.dispatchEvent(new CustomEvent("faults-changed"));
}

async function refreshFaults() {
  const faults = listIn(await control("GET", "faults"), "faults");
  show(byId("fault-list"), JSON.stringify(faults), () => (faults.length ? faultList(faults) : null));
}

function faultList(faults) {
  return make("ul", { class: "faultlist", "aria-label": "Faults" }, faults.map((fault) => make("li", {},
    make("span", {}, describeFault(fault) + (fault.fired ? `, happened ${fault.fired} times` : "")),
    make("button", { type: "button", class: "link", onclick: () => removeFault(fault) }, "Remove"))));
}

function removeFault(fault) {
  return act("The fault is off.", async () => {
    await control("DELETE", "faults/" + fault.id);
    faultsChanged();
  });
}

document.addEventListener("faults-changed", () => refreshFaults().catch(() => undefined));

// M-PESA as a whole

onClick("[data-down]", (button) => {
  const seconds = Number(button.dataset.down);
  const said = seconds ? `M-PESA is down for ${seconds} seconds.` : "M-PESA is up again.";
  return act(said, () => control("POST", "down", { seconds }));
});

async function readDefaultAnswer() {
  byId("answer").value = (await control("GET", "phones/default")).answer;
}

readDefaultAnswer().catch(() => undefined);
onSubmit("default-answer", (field) => {
  const said = { wait: "Phones of persons wait.", pay: "Phones of persons pay by themselves.", cancel: "Phones of persons cancel." };
  return act(said[field("answer")], () => control("POST", "phones/default", { answer: field("answer"), after_s: 2 }));
});

const KEEPS_ITS_DATE = " What was put off meanwhile, such as the next try of a webhook, keeps its date.";

function afterReset(what) {
  return what === "clock" || what === "all" ? KEEPS_ITS_DATE : "";
}

onClick("[data-reset]", (button) => act(`Afresh: ${button.textContent.trim().toLowerCase()}.${afterReset(button.dataset.reset)}`, async () => {
  await control("POST", "reset", { what: button.dataset.reset });
  faultsChanged();
  await Promise.all([refreshClock(), refreshBooks()]);
}));

// Payments typed by anyone

onSubmit("c2b", (field) => act("Paid. The confirmation is on its way to the gateway.", async () => {
  const till = byId("c2b-shortcode").selectedOptions[0].dataset.kind === "till";
  const payment = { shortcode: field("shortcode"), account: till ? "" : field("account"), amount: Number(field("amount")) };
  await control("POST", `phones/${encodeURIComponent(field("phone"))}/pay`, payment);
  await refreshBooks();
}));

byId("c2b-shortcode").addEventListener("change", (event) => {
  byId("c2b-account").parentElement.hidden = event.target.selectedOptions[0].dataset.kind === "till";
});

// Books

byId("whose").addEventListener("change", () => refreshBooks());

async function refreshBooks() {
  const books = await control("GET", "books?shortcode=" + byId("whose").value);
  show(byId("books"), JSON.stringify(books), () => [balances(books), entries(books)]);
}

function balances(books) {
  const accounts = books.balances[byId("whose").value];
  return make("table", {}, make("tbody", {}, Object.entries(accounts).map(([name, amount]) =>
    make("tr", {}, make("th", { scope: "row" }, name.charAt(0).toUpperCase() + name.slice(1)), make("td", { class: "n" }, money(amount))))));
}

function entries(books) {
  const newest = books.entries.slice(-8).reverse();
  if (newest.length === 0) return make("p", { class: "empty entries" }, "No receipts yet. Each payment gets its line here.");
  const head = ["Time", "Receipt", "Account", "Kind"].map((word) => make("th", { scope: "col" }, word));
  return make("div", { class: "scroll entries", tabindex: "0", role: "group", "aria-label": "Receipts, scrolls sideways" },
    make("table", {}, make("caption", {}, "Newest receipts"),
      make("thead", {}, make("tr", {}, head, make("th", { scope: "col", class: "n" }, "Amount"), make("th", { scope: "col" }, make("span", { class: "vh" }, "Do")))),
      make("tbody", {}, newest.map(entryRow))));
}

function entryRow(entry) {
  const remove = make("button", { type: "button", class: "link", "aria-label": `Delete receipt ${entry.receipt}`, onclick: () => removeReceipt(entry.receipt) }, "delete");
  return make("tr", {},
    make("td", {}, timeOfDay(Date.parse(entry.at))), make("td", {}, make("span", { class: "code" }, entry.receipt)),
    make("td", {}, entry.reference), make("td", {}, entry.kind), make("td", { class: "n" }, money(entry.amount)),
    make("td", { class: "do" }, remove));
}

function removeReceipt(receipt) {
  return act(`M-PESA has forgotten ${receipt}.`, async () => {
    await control("POST", "books/receipts", { delete: receipt });
    await refreshBooks();
  });
}

onSubmit("add-receipt", (field) => act((told) => `M-PESA has a receipt ${told.receipt} that nobody was told of.`, async () => {
  const told = await control("POST", "books/receipts", { shortcode: byId("whose").value, amount: Number(field("amount")) });
  await refreshBooks();
  return told;
}));

every(1000, refreshClock);
every(2000, refreshFaults);
every(2000, refreshBooks);
