import { GOODS, money } from "@/lib/goods";

export default function Page() {
  return (
    <>
      <h1>From the slopes of Mount Kenya</h1>
      <ul className="goods">
        {GOODS.map((good) => (
          <li key={good.id}>
            <form action="/api/orders" method="post">
              <p>
                {good.name}
                <br />
                <strong>{money(good.kes)}</strong>
              </p>
              <button name="good" value={good.id} aria-label={`Order ${good.name}`}>
                Order
              </button>
            </form>
          </li>
        ))}
      </ul>
    </>
  );
}
