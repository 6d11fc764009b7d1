// Connects this shop with the gateway that runs on this machine: registers its webhook address and writes .env.local.
// Once deployed, do the same once with your own key: POST /v1/webhook-endpoints, then keep the secret.
import { readFile, writeFile } from "node:fs/promises";

const runFile = process.env.RUN_FILE ?? new URL("../../../../.local/run.json", import.meta.url);
const shop = process.env.SHOP_URL ?? "http://localhost:3000";
const run = JSON.parse(await readFile(runFile, "utf8").catch(() => fail("No gateway runs here. Start it: make run")));

async function call(method, path, body) {
  const headers = { Authorization: `Bearer ${run.secret_key}`, "Content-Type": "application/json" };
  const answer = await fetch(`${run.gateway}/v1/webhook-endpoints${path}`, { method, headers, body: JSON.stringify(body) });
  const told = await answer.json();
  return answer.ok ? told : fail(`The gateway refused: ${told.detail}`);
}

// The secret is told once, so an address that is known already is registered anew.
const url = `${shop}/api/mpesa`;
for (const known of (await call("GET", "")).data) {
  if (known.url === url) await call("DELETE", `/${known.id}`);
}
const endpoint = await call("POST", "", { url, events: ["payment.*"], description: "Next.js example" });

await writeFile(
  ".env.local",
  `GATEWAY_URL=${run.gateway}\nGATEWAY_KEY=${run.secret_key}\nGATEWAY_WEBHOOK_SECRET=${endpoint.secret}\nSHOP_URL=${shop}\n`,
  { mode: 0o600 },
);
console.log(`Connected with ${run.gateway}; ${url} is told of payments.`);

function fail(why) {
  console.error(why);
  process.exit(1);
}
