// The gateway's local world, for the tests of a shop in Node. One file to copy; needs nothing but Node 20.
//
//   import { startMpesa } from "./mpesa-local.mjs";
//   const mpesa = await startMpesa();           // MPESA_GATEWAY: folder of the gateway; or MPESA_RUN_FILE: its run.json
//   const payment = await mpesa.pay({ phone: "0700001032" });   // failed: cancelled
//   await mpesa.tell("http://localhost:3000/api/mpesa");        // your shop hears of it
//   await mpesa.stop();
//
// Time stands still but for what a test lets pass: ten minutes take a second.
import { spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtemp, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/** Give it to your shop as its webhook secret: `tell` signs with it. */
export const SECRET = `whsec_${Buffer.from("the secret of a shop under test!").toString("base64")}`;

const STEPS_S = [3, 4, 20, 15, 15, 30, 60, 60]; // how a payment's time passes while a test waits for its end
const FEED_SETTLES_S = 6; // the feed shows an event when it is five seconds old
const READY_MS_MAX = 90_000;

export async function startMpesa() {
  const { MPESA_RUN_FILE, MPESA_GATEWAY } = process.env;
  const started = MPESA_RUN_FILE ? null : await startWorld(MPESA_GATEWAY);
  const mpesa = new Mpesa(started?.run ?? JSON.parse(await readFile(MPESA_RUN_FILE, "utf8")), started?.process);
  await mpesa.begin();
  return mpesa;
}

export class Mpesa {
  constructor(run, process) {
    Object.assign(this, { gateway: run.gateway, key: run.secret_key, control_url: run.control, process, secret: SECRET });
  }

  /** Time stands still from here on, and only events from here on are told. */
  async begin() {
    await this.control("POST", "clock", { frozen: true });
    await this.newEvents();
  }

  /** Time goes on; a world that was started here ends. */
  async stop() {
    await this.control("DELETE", "faults");
    await this.control("POST", "clock", { frozen: false });
    this.process?.kill();
  }

  /** A payment that is asked for and then over: paid, failed or whatever this phone makes of it. */
  async pay({ phone = "0700000000", amount = 100, ...fields } = {}) {
    const payment = await this.api("POST", "/v1/payments", { amount, phone, ...fields }, randomUUID());
    return this.ended(payment.id);
  }

  /** What a payer does on your page: give a number. payment, token: as your server gave them to the page. */
  async prompt(payment, token, phone, number = 1) {
    const address = `${this.gateway}/v1/checkout/${payment}/attempts/${number}`;
    await this.call("PUT", address, { phone }, { Authorization: `Bearer ${token}` });
    return this.ended(payment);
  }

  /** The payment when nothing waits any more, or after three and a half minutes of its time. */
  async ended(payment) {
    let found;
    for (const seconds of STEPS_S) {
      await this.advance(seconds);
      found = await this.payment(payment);
      if (!["open", "pending"].includes(found.status)) break;
    }
    return found;
  }

  payment(payment) {
    return this.api("GET", `/v1/payments/${payment}`);
  }

  /** Let time pass. What falls due on the way happens, in order, before this returns. */
  advance(seconds) {
    return this.control("POST", "clock", { advance_s: seconds });
  }

  /** Send your shop the events that it was not told yet, signed as the gateway signs. Gives [[type, status]]. */
  async tell(webhookUrl, times = 1) {
    const told = [];
    for (const event of await this.newEvents()) {
      for (let count = 0; count < times; count += 1) told.push([event.type, await this.send(webhookUrl, event)]);
    }
    return told;
  }

  /** Send one event; the shop's status. secret: another one, to see that the shop refuses it. */
  async send(webhookUrl, { id, type, timestamp, data }, secret = this.secret) {
    const body = JSON.stringify({ id, type, timestamp, data });
    const answer = await fetch(webhookUrl, { method: "POST", body, headers: signedHeaders(secret, id, body) });
    await answer.arrayBuffer();
    return answer.status;
  }

  async newEvents() {
    await this.advance(FEED_SETTLES_S);
    const events = [];
    for (let more = true; more; ) {
      const page = await this.api("GET", `/v1/events?limit=100${this.told ? `&after=${this.told}` : ""}`);
      events.push(...page.data);
      this.told = page.data.at(-1)?.id ?? this.told;
      more = page.has_more;
    }
    return events;
  }

  api(method, path, body, key) {
    const headers = { Authorization: `Bearer ${this.key}`, ...(key ? { "Idempotency-Key": key } : {}) };
    return this.call(method, this.gateway + path, body, headers);
  }

  /** The world outside: phones, faults, clock. See docs/local_world.md. */
  control(method, path, body) {
    return this.call(method, `${this.control_url}/${path}`, body, {});
  }

  async call(method, address, body, headers) {
    const sent = { "Content-Type": "application/json", ...headers };
    const answer = await fetch(address, { method, headers: sent, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${address}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }
}

export function signedHeaders(secret, id, body) {
  const sentAt = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${sentAt}.${body}`).digest("base64");
  return {
    "Content-Type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": sentAt,
    "webhook-signature": `v1,${signature}`,
  };
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function startWorld(folder) {
  if (!folder) throw new Error("Say where the gateway is: MPESA_GATEWAY=/path/to/it, or MPESA_RUN_FILE=…/run.json");
  const data = await mkdtemp(path.join(tmpdir(), "mpesa-"));
  const ports = {};
  for (const door of ["GATEWAY_PORT", "OUTSIDE_PORT", "CALLBACK_PORT"]) ports[door] = String(await freePort());
  const started = spawn(path.join(folder, ".venv/bin/python"), ["-m", "local", "--folder", data], {
    cwd: folder,
    env: { ...process.env, ...ports },
    stdio: "ignore",
  });
  const deadline = Date.now() + READY_MS_MAX;
  while (Date.now() < deadline && started.exitCode === null) {
    const text = await readFile(path.join(data, "run.json"), "utf8").catch(() => "");
    if (text) return { process: started, run: JSON.parse(text) };
    await new Promise((done) => setTimeout(done, 100));
  }
  started.kill();
  throw new Error("The local world did not start.");
}
