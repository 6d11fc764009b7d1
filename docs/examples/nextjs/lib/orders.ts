// The shop's own database. Here it is one file, written whole and one change at a time, so that the example needs
// nothing else. Yours has a table of orders, and a table of payments with UNIQUE(payment) and UNIQUE(receipt).
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { GOODS } from "./goods";

export type Order = {
  id: string;
  good: string;
  totalKes: number;
  /** Counts up when a payment ended unpaid for good, so that the next one has an Idempotency-Key of its own. */
  paymentRound: number;
  payment: string | null;
  status: "waiting" | "paid";
  receipt: string | null;
};

type Credit = { payment: string; receipt: string | null; order: string };
type Data = { orders: Record<string, Order>; credits: Credit[] };

const folder = process.env.DATA_FOLDER ?? ".data";
const file = path.join(folder, "orders.json");
let last: Promise<unknown> = Promise.resolve();

async function read(): Promise<Data> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Data;
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === "ENOENT") return { orders: {}, credits: [] };
    throw problem;
  }
}

function change<T>(alter: (data: Data) => T): Promise<T> {
  const done = last.then(async () => {
    const data = await read();
    const result = alter(data);
    await mkdir(folder, { recursive: true });
    await writeFile(`${file}.new`, JSON.stringify(data, null, 1));
    await rename(`${file}.new`, file);
    return result;
  });
  last = done.catch(() => undefined);
  return done;
}

export async function createOrder(goodId: string): Promise<Order | null> {
  const good = GOODS.find((one) => one.id === goodId);
  if (!good) return null;
  const id = randomBytes(4).toString("hex");
  const order: Order = {
    id, good: good.name, totalKes: good.kes, paymentRound: 1, payment: null, status: "waiting", receipt: null,
  };
  await change((data) => { data.orders[id] = order; });
  return order;
}

export async function getOrder(id: string): Promise<Order | null> {
  return (await read()).orders[id] ?? null;
}

export async function rememberPayment(id: string, payment: string): Promise<void> {
  await change((data) => { data.orders[id].payment = payment; });
}

export async function nextRound(id: string): Promise<Order> {
  return change((data) => {
    data.orders[id].paymentRound += 1;
    return data.orders[id];
  });
}

/** Whether the goods of this order may go out now, and did not before. Called as often as somebody tells us. */
export async function markPaidOnce(told: {
  order: string | null; payment: string; receipt: string | null; receivedKes: number;
}): Promise<boolean> {
  return change((data) => {
    const order = data.orders[told.order ?? ""];
    if (!order || order.status === "paid" || told.receivedKes < order.totalKes) return false;
    const used = data.credits.some(
      (one) => one.payment === told.payment || (told.receipt !== null && one.receipt === told.receipt),
    );
    if (used) return false;
    data.credits.push({ payment: told.payment, receipt: told.receipt, order: order.id });
    order.status = "paid";
    order.receipt = told.receipt;
    return true;
  });
}
