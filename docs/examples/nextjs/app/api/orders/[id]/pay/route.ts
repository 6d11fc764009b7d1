import { paymentOf, Refused } from "@/lib/gateway";
import { getOrder } from "@/lib/orders";

// The price is read here, never from the browser.
export async function POST(request: Request, { params }: { params: Promise<{ id: string }> }) {
  const order = await getOrder((await params).id);
  if (!order) return Response.json({ detail: "There is no such order." }, { status: 404 });
  try {
    const payment = await paymentOf(order);
    if (request.headers.get("accept")?.includes("text/html")) {
      return new Response(null, { status: 303, headers: { Location: payment.checkout_url } });
    }
    return Response.json({ payment: payment.id, token: payment.client_token, url: payment.checkout_url });
  } catch (problem) {
    const [status, detail] = problem instanceof Refused ? [problem.status, problem.detail] : [502, "No answer."];
    return Response.json({ detail }, { status: status === 401 || status === 403 ? 500 : status });
  }
}
