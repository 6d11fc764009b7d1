// Reads the vectors (first argument) and prints, for each, its name and whether the library takes it, as JSON.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const vectors = JSON.parse(readFileSync(process.argv[2], "utf8"));
Date.now = () => vectors.now_s * 1000; // the library looks at the machine's clock

function isTaken({ secret, headers, body }) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

console.log(JSON.stringify(Object.fromEntries(vectors.messages.map((one) => [one.name, isTaken(one)]))));
