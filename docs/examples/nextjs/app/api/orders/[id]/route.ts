import { getOrder } from "@/lib/orders";

// What the shop's own database says.
export async function GET(_: Request, { params }: { params: Promise<{ id: string }> }) {
  const order = await getOrder((await params).id);
  if (!order) return Response.json({ detail: "There is no such order." }, { status: 404 });
  return Response.json({ status: order.status, receipt: order.receipt });
}
