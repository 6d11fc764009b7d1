// What was agreed with people besides prompts: standing orders, invoices, merchants that were asked to pay.
import { control, every, make, masked, money, show } from "/outside/outside.js";

const card = document.getElementById("orders");
const NEWEST = 5;

async function refresh() {
  const [orders, bills, pushes] = await Promise.all(["standing-orders", "bills", "ussd-pushes"].map((path) => control("GET", path)));
  const lines = [
    ...newest(orders.standing_orders).map(orderLine),
    ...newest(bills.invoices).map((invoice) => invoiceLine(invoice, bills.tellings)),
    ...newest(pushes.ussd_pushes).map(pushLine),
  ];
  card.hidden = lines.length === 0;
  show(card.querySelector("tbody"), JSON.stringify(lines), () => lines.map(row));
}

function newest(list) {
  return list.slice(-NEWEST).reverse();
}

function orderLine(order) {
  const paid = order.collections.filter((day) => day.receipt !== null).length;
  const missed = order.collections.length - paid;
  const days = order.collections.length === 0 ? `first on ${order.first_day}` : `paid ${paid}` + (missed ? `, missed ${missed}` : "");
  return { what: `Standing order ${order.name}`, who: masked(order.phone), amount: order.amount, how: order.frequency, state: stateOf(order.state, order.result_code), note: days };
}

function invoiceLine(invoice, tellings) {
  const untold = invoice.receipts.filter((receipt) => tellings.some((one) => one.receipt === receipt && !one.told)).length;
  const note = invoice.paid ? `paid ${invoice.paid.toLocaleString("en-KE")}` + (untold ? `, ${untold} not told` : "") : `due ${invoice.due}`;
  return { what: `Invoice ${invoice.external_reference}`, who: masked(invoice.phone), amount: invoice.amount, how: `account ${invoice.account_reference}`, state: invoice.state.replace("_", " "), note };
}

function pushLine(push) {
  const end = push.result_code === null ? "asked" : push.result_code === "0" ? "paid" : "refused";
  return { what: `USSD push ${push.reference}`, who: push.payer, amount: push.amount, how: `to ${push.receiver}`, state: stateOf(end, push.result_code), note: push.receipt ?? "" };
}

/** «refused (1032)»: a code stands beside a no only. */
function stateOf(state, code) {
  return code === null || code === "0" ? state : `${state} (${code})`;
}

function row(line) {
  const how = make("span", { class: "small" }, line.how);
  return make("tr", {}, make("th", { scope: "row" }, line.what), make("td", {}, line.who), make("td", { class: "n" }, money(line.amount), make("br"), how),
    make("td", {}, make("b", {}, line.state), make("br"), make("span", { class: "small" }, line.note)));
}

every(2000, refresh);
