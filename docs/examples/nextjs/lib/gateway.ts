// The shop's side of the gateway: three calls with the secret key, which never leaves the server.
import { markPaidOnce, nextRound, rememberPayment, type Order } from "./orders";

export const GATEWAY_URL = process.env.GATEWAY_URL ?? "http://localhost:7070";
const SHOP_URL = process.env.SHOP_URL ?? "http://localhost:3000";

export type Payment = {
  id: string;
  status: string;
  safe_to_fulfil: boolean;
  order: string | null;
  amount_received: number;
  receipt: string | null;
  checkout_url: string;
  client_token: string | null;
  incomplete?: true;
};

export class Refused extends Error {
  constructor(readonly status: number, readonly code: string, readonly detail: string) {
    super(`${code}: ${detail}`);
  }
}

async function call(method: string, path: string, body?: object, key?: string): Promise<Payment> {
  const answer = await fetch(GATEWAY_URL + path, {
    method,
    cache: "no-store",
    signal: AbortSignal.timeout(32_000),
    headers: {
      Authorization: `Bearer ${process.env.GATEWAY_KEY}`,
      "Content-Type": "application/json",
      ...(key ? { "Idempotency-Key": key } : {}),
    },
    body: body ? JSON.stringify(body) : undefined,
  });
  const told = await answer.json();
  if (!answer.ok) throw new Refused(answer.status, told.code ?? "unavailable", told.detail ?? told.message ?? "");
  return told as Payment;
}

const OVER = ["cancelled", "expired"];

/** The payment of an order. Asked twice it is the same one; after one that ended unpaid for good it is a new one. */
export async function paymentOf(order: Order): Promise<Payment> {
  const payment = await call(
    "POST",
    "/v1/payments",
    { amount: order.totalKes, order: order.id, return_url: `${SHOP_URL}/orders/${order.id}` },
    `order-${order.id}-${order.paymentRound}`,
  );
  if (OVER.includes(payment.status)) return paymentOf(await nextRound(order.id));
  await rememberPayment(order.id, payment.id);
  return payment;
}

/** Release the order if this payment says so. The one place where the shop believes. */
export async function believe(payment: Payment): Promise<boolean> {
  if (!payment.safe_to_fulfil) return false;
  return markPaidOnce({
    order: payment.order,
    payment: payment.id,
    receipt: payment.receipt,
    receivedKes: payment.amount_received,
  });
}

/** Ask the gateway itself. For when a payer looks and no webhook has come yet; a webhook may be late or lost. */
export async function askAbout(paymentId: string): Promise<boolean> {
  return believe(await call("GET", `/v1/payments/${paymentId}`));
}
