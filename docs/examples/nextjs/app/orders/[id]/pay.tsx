"use client";

import { useRouter } from "next/navigation";
import { type HTMLAttributes, useEffect, useRef, useState } from "react";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "mpesa-checkout": HTMLAttributes<HTMLElement> & {
        api: string;
        payment: string;
        token: string;
        ref?: React.Ref<HTMLElement>;
      };
    }
  }
}

const LOOK_AGAIN_MS = 3000;

type Begun = { payment: string; token: string; url: string };

export function Pay({ api, order, paid }: { api: string; order: string; paid: boolean }) {
  const router = useRouter();
  const element = useRef<HTMLElement>(null);
  const [begun, setBegun] = useState<Begun | null>(null);
  const [heard, setHeard] = useState(false);
  const [problem, setProblem] = useState("");

  useEffect(() => {
    fetch(`/api/orders/${order}/pay`, { method: "POST", headers: { Accept: "application/json" } })
      .then(async (answer) => {
        const told = await answer.json();
        if (answer.ok) setBegun(told);
        else setProblem(told.detail);
      })
      .catch(() => setProblem("The shop does not answer. Load this page again."));
  }, [order]);

  // What the component says is for the eye: it is a reason to look at what the shop's own database says.
  useEffect(() => {
    const place = element.current;
    const hear = () => setHeard(true);
    place?.addEventListener("mpesa-paid", hear);
    return () => place?.removeEventListener("mpesa-paid", hear);
  }, [begun]);

  // The webhook may be a moment behind the payer's eyes, so look until the order's page says the same.
  useEffect(() => {
    if (!heard || paid) return;
    router.refresh();
    const again = setInterval(() => router.refresh(), LOOK_AGAIN_MS);
    return () => clearInterval(again);
  }, [heard, paid, router]);

  if (problem) return <p role="alert">{problem}</p>;
  if (!begun) return <p className="note">{paid ? "" : "One moment…"}</p>;
  return (
    <div>
      <script type="module" async src={`${api}/sdk/1/mpesa-checkout.js`} />
      <mpesa-checkout ref={element} api={api} payment={begun.payment} token={begun.token}>
        <a href={begun.url}>Pay with M-PESA</a>
      </mpesa-checkout>
    </div>
  );
}
