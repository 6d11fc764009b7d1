// The eight cases that every shop should see before it takes real money. Run it: node --test eight_cases.test.mjs
// SHOP_COMMAND: how your shop is started, like "node ../express/shop.mjs"; it is given PORT and the settings.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { freePort, SECRET, startMpesa } from "./mpesa-local.mjs";

let mpesa;
let shop;

before(async () => {
  mpesa = await startMpesa();
  shop = await startShop();
});

after(async () => {
  shop?.process.kill();
  await mpesa?.stop();
});

// How the tests use a shop. Change what is inside to what your shop has.
async function startShop() {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const [program, ...words] = process.env.SHOP_COMMAND.split(" ");
  const settings = {
    PORT: String(port), GATEWAY_URL: mpesa.gateway, GATEWAY_KEY: mpesa.key, GATEWAY_WEBHOOK_SECRET: SECRET,
  };
  const started = spawn(program, words, { env: { ...process.env, ...settings }, stdio: "inherit" });
  for (let tries = 0; !(await fetch(address).catch(() => null)); tries += 1) {
    if (tries > 300) throw new Error("The shop does not answer.");
    await new Promise((done) => setTimeout(done, 100));
  }
  const order = async (id) => (await fetch(`${address}/api/orders/${id}`)).json();
  return { process: started, address, webhook: `${address}/api/mpesa`, order };
}

/** An order and its payment, as the page has them. */
async function begin() {
  const body = new URLSearchParams({ good: "mug" });
  const ordered = await fetch(`${shop.address}/api/orders`, { method: "POST", body, redirect: "manual" });
  const id = ordered.headers.get("location").split("/").at(-1);
  const { payment, token } = await (await fetch(`${shop.address}/api/orders/${id}/pay`, { method: "POST" })).json();
  return { id, payment, token };
}

async function afterPrompt(phone, times = 1) {
  const order = await begin();
  const payment = await mpesa.prompt(order.payment, order.token, phone);
  const told = await mpesa.tell(shop.webhook, times);
  return { ...order, found: payment, told, ...(await shop.order(order.id)) };
}

test("paid", async () => {
  const order = await afterPrompt("0700000000");
  assert.equal(order.status, "paid");
  assert.equal(order.receipt, order.found.receipt);
});

test("cancelled, then paid", async () => {
  const order = await afterPrompt("0700001032");
  assert.equal(order.status, "waiting");
  await mpesa.prompt(order.payment, order.token, "0700000000", 2);
  await mpesa.tell(shop.webhook);
  assert.equal((await shop.order(order.id)).status, "paid");
});

test("no answer", async () => {
  const order = await afterPrompt("0700001037");
  assert.deepEqual([order.found.failure.code, order.status], ["no_answer", "waiting"]);
});

test("wrong PIN", async () => {
  const order = await afterPrompt("0700002001");
  assert.deepEqual([order.found.failure.code, order.status], ["wrong_pin", "waiting"]);
});

test("lost callback: the gateway asks, and the code follows later", async () => {
  const order = await afterPrompt("0700010001");
  assert.deepEqual([order.found.receipt, order.status], [null, "paid"]);
});

test("late success: first it failed, ten minutes later it is paid", async () => {
  const order = await afterPrompt("0700010007");
  assert.equal(order.status, "waiting");
  await mpesa.advance(900);
  await mpesa.tell(shop.webhook);
  assert.equal((await shop.order(order.id)).status, "paid");
});

test("webhook three times: understood three times, sent once", async () => {
  const order = await afterPrompt("0700000000", 3);
  assert.ok(order.told.every(([, status]) => status === 200 || status === 204));
  assert.equal(order.told.filter(([type]) => type === "payment.paid").length, 3);
  assert.equal(order.status, "paid");
});

test("paid twice: it goes out once, and a person gives one back", async () => {
  const order = await afterPrompt("0700010020");
  await mpesa.advance(60);
  assert.ok((await mpesa.payment(order.payment)).flags.includes("duplicate_payment"));
  await mpesa.tell(shop.webhook);
  assert.equal((await shop.order(order.id)).status, "paid");
});

test("a forged webhook is refused", async () => {
  const order = await begin();
  const found = await mpesa.payment(order.payment);
  const data = { ...found, status: "paid", safe_to_fulfil: true, amount_received: found.amount };
  const event = { id: "evt_forged", type: "payment.paid", timestamp: "2026-03-02T09:15:04Z", data };
  assert.equal(await mpesa.send(shop.webhook, event, "whsec_d3JvbmcgYnV0IGxvbmcgZW5vdWdo"), 401);
  assert.equal((await shop.order(order.id)).status, "waiting");
});
