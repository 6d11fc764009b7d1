import { notFound } from "next/navigation";
import { askAbout, GATEWAY_URL } from "@/lib/gateway";
import { money } from "@/lib/goods";
import { getOrder } from "@/lib/orders";
import { Pay } from "./pay";

export const dynamic = "force-dynamic";

// Reads the shop's own database. Only where that still waits, the gateway is asked: a webhook may be late.
async function orderNow(id: string) {
  const order = await getOrder(id);
  if (order?.status !== "waiting" || !order.payment) return order;
  const released = await askAbout(order.payment).catch(() => false);
  return released ? getOrder(id) : order;
}

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const order = await orderNow((await params).id);
  if (!order) notFound();
  const paid = order.status === "paid";
  return (
    <>
      <h1>{paid ? "Thank you. Your order is on its way." : "Your order"}</h1>
      <div className="order">
        <div className="slip">
          <dl>
            <div>
              <dt>Order</dt>
              <dd>{order.id}</dd>
            </div>
            <div>
              <dt>{order.good}</dt>
              <dd>{money(order.totalKes)}</dd>
            </div>
            <div>
              <dt>Payment</dt>
              <dd data-status={order.status}>{paid ? `paid, M-PESA code ${order.receipt ?? "to follow"}` : "waiting"}</dd>
            </div>
          </dl>
        </div>
        <Pay api={GATEWAY_URL} order={order.id} paid={paid} />
      </div>
    </>
  );
}
