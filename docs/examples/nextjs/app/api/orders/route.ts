import { createOrder } from "@/lib/orders";

// The form of the first page.
export async function POST(request: Request) {
  const good = String((await request.formData()).get("good") ?? "");
  const order = await createOrder(good);
  if (!order) return new Response("There is no such thing in this shop.", { status: 404 });
  return new Response(null, { status: 303, headers: { Location: `/orders/${order.id}` } });
}
