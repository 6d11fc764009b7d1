// The traffic table: every call in and out in words, with its raw form, and a button to repeat it.
import { control, dayOf, every, listIn, make, masked, money, timeOfDay, words } from "/outside/outside.js";

const ROWS_MAX = 60;
const ANSWER_AWAITED_MS = 90_000;

const table = document.getElementById("traffic");
const rows = new Map(); // id → {entry, element, raw, since}

async function refresh() {
  const entries = listIn(await control("GET", "traffic?after=" + lastSettled()), "traffic");
  for (const entry of entries) draw(entry);
  for (const id of [...rows.keys()].slice(0, -ROWS_MAX)) forget(id);
}

/** Calls whose answer is not there yet are asked for again, for a while. */
function lastSettled() {
  const awaited = [...rows.values()].filter((row) => row.entry.status === null && Date.now() - row.since < ANSWER_AWAITED_MS);
  const newest = Math.max(0, ...rows.keys());
  return awaited.length ? Math.min(...awaited.map((row) => row.entry.id)) - 1 : newest;
}

function draw(entry) {
  const known = rows.get(entry.id);
  if (known && JSON.stringify(known.entry) === JSON.stringify(entry)) return;
  const row = known ?? { element: make("tr", {}), raw: null, since: Date.now(), day: newDay(entry) };
  row.entry = entry;
  row.element.replaceChildren(...cells(row));
  if (row.raw) row.raw.replaceChildren(rawCell(entry));
  if (known) return;
  if (rows.size === 0) table.replaceChildren();
  rows.set(entry.id, row);
  table.prepend(row.element);
}

/** «Mon 30 November 2026» for the first call after a day's change, so that moved clocks are not puzzling. */
function newDay(entry) {
  const before = [...rows.values()].at(-1)?.entry;
  const day = dayOf(Date.parse(entry.at));
  return before && dayOf(Date.parse(before.at)) !== day ? day : null;
}

function forget(id) {
  rows.get(id).element.remove();
  rows.get(id).raw?.remove();
  rows.delete(id);
}

function cells(row) {
  const { entry } = row;
  const toggle = make("button", { type: "button", class: "link", "aria-expanded": String(row.raw !== null), onclick: () => toggleRaw(row) }, "raw");
  const replay = make("button", { type: "button", class: "link", onclick: (event) => repeat(event.target, entry) }, "replay");
  return [
    make("td", {}, timeOfDay(Date.parse(entry.at)), row.day ? make("small", { class: "day" }, row.day) : null),
    make("td", { class: "dir" }, entry.direction),
    make("td", { class: "what" }, make("code", {}, entry.call), make("br"), ...asked(entry)),
    make("td", {}, ...answered(entry)),
    make("td", { class: "do" }, toggle, " · ", replay),
  ];
}

function toggleRaw(row) {
  if (row.raw) row.raw.remove();
  row.raw = row.raw ? null : make("tr", { class: "rawrow" }, rawCell(row.entry));
  row.element.classList.toggle("open", row.raw !== null);
  if (row.raw) row.element.after(row.raw);
  row.element.querySelector("[aria-expanded]").setAttribute("aria-expanded", String(row.raw !== null));
}

function rawCell(entry) {
  const half = (title, value, text) => make("div", {}, make("p", { class: "small" }, title),
    make("pre", { class: "raw", tabindex: "0" }, value === null ? text || "(empty)" : JSON.stringify(value, null, 2)));
  return make("td", { colspan: "5" },
    make("p", { class: "small" }, `${entry.method} ${entry.url}` + (entry.source ? ` from ${entry.source}` : "")),
    make("div", { class: "raws" },
      half("Request", entry.request_json, entry.request),
      half(`Answer ${entry.status ?? "(none)"}`, entry.answer_json, entry.answer)));
}

async function repeat(button, entry) {
  button.textContent = "…";
  try {
    await control("POST", `traffic/${entry.id}/replay`);
    button.textContent = "replayed";
    await refresh();
  } catch (problem) {
    button.textContent = problem.message;
  }
  setTimeout(() => (button.textContent = "replay"), 2500);
}

/** What the request says, in words. */
function asked(entry) {
  const body = entry.request_json ?? {};
  const callback = body.Body?.stkCallback;
  if (callback) return callbackWords(callback);
  if (body.TransID) return [money(body.TransAmount), " ", make("span", { class: "code" }, body.TransID)];
  if (body.Amount && body.PhoneNumber) return [money(body.Amount), " from " + masked(body.PhoneNumber)];
  if (body.CheckoutRequestID) return [shortId(body.CheckoutRequestID)];
  if (body.Result) return resultWords(body.Result);
  if (body.resultCode) return [`${body.resultCode} ${body.resultDesc} `, money(body.amount), receipt(body.transactionId)];
  if (body.paidAmount) return [money(body.paidAmount), receipt(body.transactionId)];
  const header = body.responseHeader ?? body.ResponseHeader;
  if (header) return [`${header.responseCode} ${header.responseDescription}`];
  if (body.partnerName) return [money(body.amount), ` from ${body.primaryShortCode} to ${body.receiverShortCode}`];
  if (body.StandingOrderName) return [body.StandingOrderName, " ", money(body.Amount), " from " + masked(body.PartyA)];
  if (body.CommandID && body.Amount) return [money(body.Amount), ` ${body.CommandID}`];
  if (body.externalReference) return [body.externalReference];
  return entry.phone ? ["phone " + masked(entry.phone)] : [];
}

function callbackWords(callback) {
  const items = Object.fromEntries((callback.CallbackMetadata?.Item ?? []).map((item) => [item.Name, item.Value]));
  const parts = [`${callback.ResultCode} ${callback.ResultDesc}`];
  if (items.Amount !== undefined) parts.push(" ", money(items.Amount));
  if (items.MpesaReceiptNumber) parts.push(" ", make("span", { class: "code" }, items.MpesaReceiptNumber));
  return parts;
}

function resultWords(result) {
  const id = /0{7}$/.test(result.TransactionID ?? "0000000") ? undefined : result.TransactionID;
  return [`${result.ResultCode} ${result.ResultDesc}`, receipt(id)];
}

function receipt(id) {
  return id ? make("span", { class: "code" }, " " + id) : "";
}

function shortId(id) {
  return id.length > 12 ? id.slice(0, 6) + "…" + id.slice(-3) : id;
}

/** What came back, in words; what the simulator did to the call stands first, in bold. */
function answered(entry) {
  const note = entry.note ? [make("b", {}, ...words(entry.note)), make("br")] : [];
  if (entry.status === null) return [...note, make("span", { class: "lost" }, "no answer")];
  const body = entry.answer_json ?? {};
  const header = body.ResponseHeader ?? body.header ?? {};
  const code = body.ResultCode ?? body.ResponseCode ?? body.errorCode ?? body.code ?? body.rescode ?? header.responseCode ?? header.status ?? body.responseCode ?? "";
  const text = body.ResultDesc ?? body.ResponseDescription ?? body.errorMessage ?? body.status ?? body.Status_Message ?? body.resmsg ?? header.responseDescription ?? header.message ?? body.ResponseMessage ?? body.responseDesc ?? "";
  const said = entry.direction === "out" || text === "" ? String(entry.status) : `${code} ${text}`;
  return [...note, said];
}

every(1500, refresh);
