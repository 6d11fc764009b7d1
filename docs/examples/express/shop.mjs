// A shop on Express. Run it: npm ci && npm start, then open http://localhost:3000.
// Settings come from the environment: GATEWAY_URL, GATEWAY_KEY, GATEWAY_WEBHOOK_SECRET, PORT and SHOP_URL, where the
// payment page leads back to (its origin must stand in the gateway's settings).
import { randomBytes } from "node:crypto";
import express from "express";
import { Webhook } from "standardwebhooks";

const GATEWAY = process.env.GATEWAY_URL ?? "http://localhost:7070";
const PORT = Number(process.env.PORT ?? 3000);
const SHOP_URL = process.env.SHOP_URL;
const GOODS = { beans: { name: "Coffee beans, 500 g", kes: 950 }, mug: { name: "Enamel mug", kes: 400 } };

// Stands for your database: a table of orders, and one of credits with UNIQUE(payment) and UNIQUE(receipt).
const orders = new Map();
const credited = new Set();

async function beginPayment(order) {
  const answer = await fetch(`${GATEWAY}/v1/payments`, {
    method: "POST",
    signal: AbortSignal.timeout(32_000),
    headers: {
      Authorization: `Bearer ${process.env.GATEWAY_KEY}`,
      "Content-Type": "application/json",
      "Idempotency-Key": `order-${order.id}`, // asked twice, it is the same payment
    },
    body: JSON.stringify({
      amount: order.kes, // the price that we know, never one from a browser
      order: order.id,
      ...(SHOP_URL ? { return_url: `${SHOP_URL}/orders/${order.id}` } : {}),
    }),
  });
  const payment = await answer.json();
  if (!answer.ok) throw new Error(`${payment.code ?? answer.status}: ${payment.detail ?? payment.message}`);
  return payment;
}

// A payment that is too long for a message comes without its fields.
async function read(id) {
  const headers = { Authorization: `Bearer ${process.env.GATEWAY_KEY}` };
  return (await fetch(`${GATEWAY}/v1/payments/${id}`, { headers, signal: AbortSignal.timeout(10_000) })).json();
}

function markPaidOnce(payment) {
  const order = orders.get(payment.order);
  if (!payment.safe_to_fulfil || !order || order.status === "paid" || payment.amount_received < order.kes) return false;
  if (credited.has(payment.id) || (payment.receipt && credited.has(payment.receipt))) return false;
  credited.add(payment.id);
  if (payment.receipt) credited.add(payment.receipt);
  Object.assign(order, { status: "paid", receipt: payment.receipt });
  return true;
}

const app = express();

// Before any body parser: the signature is over the bytes as they came.
app.post("/api/mpesa", express.raw({ type: "*/*" }), async (request, response) => {
  let event;
  try {
    event = new Webhook(process.env.GATEWAY_WEBHOOK_SECRET).verify(request.body.toString("utf8"), request.headers);
  } catch {
    return response.status(401).send("bad signature");
  }
  if (event.type.startsWith("payment.")) markPaidOnce(event.data.incomplete ? await read(event.data.id) : event.data);
  response.status(204).end();
});

app.use(express.urlencoded({ extended: false }));

const found = (request, response, next) => {
  request.order = orders.get(request.params.id);
  if (request.order) next();
  else response.status(404).send("There is no such order.");
};

app.post("/api/orders", (request, response) => {
  const good = Object.hasOwn(GOODS, request.body.good ?? "") ? GOODS[request.body.good] : null;
  if (!good) return response.status(404).send("There is no such thing in this shop.");
  const order = { id: randomBytes(4).toString("hex"), ...good, status: "waiting", receipt: null };
  orders.set(order.id, order);
  response.redirect(303, `/orders/${order.id}`);
});

app.post("/api/orders/:id/pay", found, async (request, response) => {
  const payment = await beginPayment(request.order);
  response.json({ payment: payment.id, token: payment.client_token, url: payment.checkout_url });
});

app.get("/api/orders/:id", found, (request, response) => {
  response.json({ status: request.order.status, receipt: request.order.receipt });
});

app.get("/", (_, response) => {
  const buttons = Object.entries(GOODS).map(
    ([id, good]) => `<p><button name="good" value="${id}">${good.name}, KSh ${good.kes}</button></p>`,
  );
  response.send(`<!doctype html><title>Shop</title><h1>Shop</h1>
    <form method="post" action="/api/orders">${buttons.join("")}</form>`);
});

app.get("/orders/:id", found, async (request, response) => {
  const { order } = request;
  const payment = await beginPayment(order);
  response.send(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width,initial-scale=1">
    <title>Order ${order.id}</title><main><h1>${order.name}, KSh ${order.kes}</h1>
    <script type="module" src="${GATEWAY}/sdk/1/mpesa-checkout.js"></script>
    <mpesa-checkout api="${GATEWAY}" payment="${payment.id}" token="${payment.client_token}">
      <a href="${payment.checkout_url}">Pay with M-PESA</a>
    </mpesa-checkout></main></html>`);
});

app.listen(PORT, "127.0.0.1", () => console.log(`The shop is at http://localhost:${PORT}`));
