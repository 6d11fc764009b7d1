"""A shop on FastAPI. Run it: uvicorn shop:app --port 8000, then open http://localhost:8000.

Settings come from the environment: GATEWAY_URL, GATEWAY_KEY, GATEWAY_WEBHOOK_SECRET and SHOP_URL, where the payment
page leads back to (its origin must stand in the gateway's settings).
"""

import html
import os
import secrets
import sqlite3
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

GATEWAY = os.environ.get("GATEWAY_URL", "http://localhost:7070")
SHOP_URL = os.environ.get("SHOP_URL", "")
GOODS = {"beans": ("Coffee beans, 500 g", 950), "mug": ("Enamel mug", 400)}
TABLES = """
CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, good TEXT, kes INTEGER, status TEXT, receipt TEXT);
CREATE TABLE IF NOT EXISTS credits (payment TEXT PRIMARY KEY, receipt TEXT UNIQUE, order_id TEXT);
"""


@asynccontextmanager
async def lifespan(app: FastAPI):
    """One connection pool to the gateway for the life of the process. The key never leaves the server."""
    headers = {"Authorization": f"Bearer {os.environ['GATEWAY_KEY']}"}
    async with httpx.AsyncClient(base_url=GATEWAY, headers=headers, timeout=32) as gateway:
        app.state.gateway = gateway
        yield


app = FastAPI(lifespan=lifespan)


def database() -> sqlite3.Connection:
    """A connection, with the tables in it. Yours is your own database."""
    connection = sqlite3.connect(os.environ.get("DATA_FILE", "shop.db"), timeout=10)
    connection.row_factory = sqlite3.Row
    connection.executescript(TABLES)
    return connection


def order_of(order_id: str) -> sqlite3.Row:
    """The order. Raises 404."""
    with database() as data:
        row = data.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone()
    if row is None:
        raise HTTPException(404, "There is no such order.")
    return row


async def begin_payment(order: sqlite3.Row) -> dict:
    """The payment of an order, over the price in our database. Asked twice, it is the same payment."""
    body = {"amount": order["kes"], "order": order["id"]}
    if SHOP_URL:
        body["return_url"] = f"{SHOP_URL}/orders/{order['id']}"
    key = {"Idempotency-Key": f"order-{order['id']}"}
    answer = await app.state.gateway.post("/v1/payments", json=body, headers=key)
    if answer.is_error:
        raise HTTPException(502, answer.json().get("detail", "The gateway did not answer."))
    return answer.json()


def mark_paid_once(payment: dict) -> bool:
    """Release the order that this payment is for, if it may go out and has not. Whether it was released now."""
    if not payment["safe_to_fulfil"]:
        return False
    with database() as data:
        row = data.execute("SELECT * FROM orders WHERE id = ?", (payment["order"],)).fetchone()
        if row is None or row["status"] == "paid" or payment["amount_received"] < row["kes"]:
            return False
        try:
            data.execute("INSERT INTO credits VALUES (?, ?, ?)", (payment["id"], payment["receipt"], row["id"]))
        except sqlite3.IntegrityError:
            return False
        data.execute("UPDATE orders SET status = 'paid', receipt = ? WHERE id = ?", (payment["receipt"], row["id"]))
    return True


@app.post("/api/mpesa", status_code=204)
async def told(request: Request) -> Response:
    """The gateway tells what became of payments. 2xx says: understood, do not tell me again."""
    body = await request.body()  # the bytes as they came: parsing first breaks the signature
    try:
        event = Webhook(os.environ["GATEWAY_WEBHOOK_SECRET"]).verify(body, dict(request.headers))
    except WebhookVerificationError:
        return Response("bad signature", 401)
    if event["type"].startswith("payment."):
        payment = event["data"]
        if payment.get("incomplete"):  # too long for a message: read it
            payment = (await app.state.gateway.get(f"/v1/payments/{payment['id']}")).raise_for_status().json()
        mark_paid_once(payment)
    return Response(status_code=204)


@app.post("/api/orders")
async def order(good: str = Form()) -> RedirectResponse:
    """A new order, over the price that we know."""
    if good not in GOODS:
        raise HTTPException(404, "There is no such thing in this shop.")
    order_id = secrets.token_hex(4)
    with database() as data:
        data.execute("INSERT INTO orders VALUES (?, ?, ?, 'waiting', NULL)", (order_id, *GOODS[good]))
    return RedirectResponse(f"/orders/{order_id}", 303)


@app.post("/api/orders/{order_id}/pay")
async def pay(order_id: str) -> dict:
    """What a page needs to show the payment: the token opens this one payment and nothing else."""
    payment = await begin_payment(order_of(order_id))
    return {"payment": payment["id"], "token": payment["client_token"], "url": payment["checkout_url"]}


@app.get("/api/orders/{order_id}")
async def status(order_id: str) -> dict:
    """What our database says."""
    row = order_of(order_id)
    return {"status": row["status"], "receipt": row["receipt"]}


@app.get("/", response_class=HTMLResponse)
async def goods() -> str:
    """All that can be ordered."""
    buttons = "".join(
        f'<p><button name="good" value="{good}">{html.escape(name)}, KSh {kes}</button></p>'
        for good, (name, kes) in GOODS.items()
    )
    return f'<!doctype html><title>Shop</title><h1>Shop</h1><form method="post" action="/api/orders">{buttons}</form>'


@app.get("/orders/{order_id}", response_class=HTMLResponse)
async def order_page(order_id: str) -> str:
    """The order, and the place where it is paid."""
    row = order_of(order_id)
    payment = await begin_payment(row)
    return (
        '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Order {row['id']}</title><main><h1>{html.escape(row['good'])}, KSh {row['kes']}</h1>"
        f'<script type="module" src="{GATEWAY}/sdk/1/mpesa-checkout.js"></script>'
        f'<mpesa-checkout api="{GATEWAY}" payment="{payment["id"]}" token="{payment["client_token"]}">'
        f'<a href="{payment["checkout_url"]}">Pay with M-PESA</a></mpesa-checkout></main></html>'
    )
