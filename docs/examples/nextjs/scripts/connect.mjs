// Connects this shop with the gateway that runs on this machine: registers its webhook address and writes .env.local.
// Once deployed, do the same once with your own key: POST /v1/webhook-endpoints, then keep the secret.
import { readFile, writeFile } from "node:fs/promises";

const runFile = process.env.RUN_FILE ?? new URL("../../../../.local/run.json", import.meta.url);
const shop = process.env.SHOP_URL ?? "http://localhost:3000";
const run = JSON.parse(await readFile(runFile, "utf8").catch(() => fail("No gateway runs here. Start it: make run")));

const answer = await fetch(`${run.gateway}/v1/webhook-endpoints`, {
  method: "POST",
  headers: { Authorization: `Bearer ${run.secret_key}`, "Content-Type": "application/json" },
  body: JSON.stringify({ url: `${shop}/api/mpesa`, events: ["payment.*"], description: "Next.js example" }),
});
const endpoint = await answer.json();
if (!answer.ok) fail(`The gateway refused the webhook address: ${endpoint.detail}`);

await writeFile(
  ".env.local",
  `GATEWAY_URL=${run.gateway}\nGATEWAY_KEY=${run.secret_key}\nGATEWAY_WEBHOOK_SECRET=${endpoint.secret}\nSHOP_URL=${shop}\n`,
  { mode: 0o600 },
);
console.log(`Connected with ${run.gateway}; ${shop}/api/mpesa is told of payments.`);

function fail(why) {
  console.error(why);
  process.exit(1);
}
