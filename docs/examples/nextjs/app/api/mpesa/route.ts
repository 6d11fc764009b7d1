import { Webhook } from "standardwebhooks";
import { askAbout, believe, type Payment } from "@/lib/gateway";

// The gateway tells what became of payments. Answer within 15 seconds; anything but 2xx is told again, for a day.
export async function POST(request: Request) {
  const body = await request.text(); // raw text: parsing first breaks the signature
  let event: { type: string; data: Payment };
  try {
    const webhook = new Webhook(process.env.GATEWAY_WEBHOOK_SECRET ?? "");
    event = webhook.verify(body, Object.fromEntries(request.headers)) as typeof event;
  } catch {
    return new Response("bad signature", { status: 401 });
  }
  if (event.type.startsWith("payment.")) {
    await (event.data.incomplete ? askAbout(event.data.id) : believe(event.data)); // too long for a message: read it
  }
  return new Response(null, { status: 204 });
}
