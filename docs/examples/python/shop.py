"""A shop in plain Python: no framework, no package. Run it: python3 shop.py, then open http://localhost:8000.

Settings come from the environment: GATEWAY_URL, GATEWAY_KEY, GATEWAY_WEBHOOK_SECRET, PORT and SHOP_URL, where the
payment page leads back to (its origin must stand in the gateway's settings).
"""

import base64
import hashlib
import hmac
import html
import json
import os
import secrets
import sqlite3
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

GATEWAY = os.environ.get("GATEWAY_URL", "http://localhost:7070")
PORT = int(os.environ.get("PORT", "8000"))
SHOP_URL = os.environ.get("SHOP_URL", "")
GOODS = {"beans": ("Coffee beans, 500 g", 950), "mug": ("Enamel mug", 400)}

# Two unique columns are what makes "goods go out once" true, however often and by whom we are told.
TABLES = """
CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, good TEXT, kes INTEGER, status TEXT, receipt TEXT);
CREATE TABLE IF NOT EXISTS credits (payment TEXT PRIMARY KEY, receipt TEXT UNIQUE, order_id TEXT);
"""


def database():
    """A connection, with the tables in it."""
    connection = sqlite3.connect(os.environ.get("DATA_FILE", "shop.db"), timeout=10)
    connection.row_factory = sqlite3.Row
    connection.executescript(TABLES)
    return connection


def call(method, path, body=None, key=None):
    """One call with the secret key. Raises urllib.error.HTTPError; its body says what is wrong."""
    headers = {"Authorization": f"Bearer {os.environ['GATEWAY_KEY']}", "Content-Type": "application/json"}
    if key:
        headers["Idempotency-Key"] = key
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(GATEWAY + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=32) as answer:
        return json.load(answer)


def begin_payment(order):
    """The payment of an order, over the price in our database. Asked twice, it is the same payment."""
    body = {"amount": order["kes"], "order": order["id"]}
    if SHOP_URL:
        body["return_url"] = f"{SHOP_URL}/orders/{order['id']}"
    return call("POST", "/v1/payments", body, key=f"order-{order['id']}")


def verified(secret, headers, body):
    """Whether this webhook is the gateway's, of the last five minutes. headers: names in lower case; body: bytes."""
    sent_at = headers.get("webhook-timestamp", "")
    if not sent_at.isdigit() or abs(time.time() - int(sent_at)) > 300:
        return False
    signed = f"{headers.get('webhook-id', '')}.{sent_at}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    want = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(want, one) for one in headers.get("webhook-signature", "").split())


def mark_paid_once(payment):
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


class Shop(BaseHTTPRequestHandler):
    """The shop's pages and its three doors: order, pay, be told."""

    def do_GET(self):
        """The goods, an order's page, or what our database says of an order."""
        parts = self.path.partition("?")[0].strip("/").split("/")
        if parts == [""]:
            return self.answer(200, first_page())
        order = order_of(parts[-1])
        if order is None or parts[:-1] not in (["orders"], ["api", "orders"]):
            return self.answer(404, "There is no such page.")
        if parts[0] == "api":
            return self.answer(200, {"status": order["status"], "receipt": order["receipt"]})
        return self.answer(200, order_page(order, begin_payment(order)))

    def do_POST(self):
        """`/api/orders`, `/api/orders/{id}/pay`, and `/api/mpesa` for the gateway."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = self.path.strip("/").split("/")
        if parts == ["api", "mpesa"]:
            return self.told(body)
        if parts == ["api", "orders"]:
            return self.ordered(parse_qs(body.decode()).get("good", [""])[0])
        order = order_of(parts[2]) if len(parts) == 4 and parts[::3] == ["api", "pay"] else None
        if order is None:
            return self.answer(404, "There is no such page.")
        payment = begin_payment(order)
        told = {"payment": payment["id"], "token": payment["client_token"], "url": payment["checkout_url"]}
        return self.answer(200, told)

    def told(self, body):
        """A webhook. 2xx says: understood, do not tell me again."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not verified(os.environ["GATEWAY_WEBHOOK_SECRET"], headers, body):
            return self.answer(401, "bad signature")
        event = json.loads(body)
        if event["type"].startswith("payment."):
            payment = event["data"]
            mark_paid_once(call("GET", f"/v1/payments/{payment['id']}") if payment.get("incomplete") else payment)
        return self.answer(204, "")

    def ordered(self, good):
        """A new order, over the price that we know."""
        if good not in GOODS:
            return self.answer(404, "There is no such thing in this shop.")
        order_id = secrets.token_hex(4)
        with database() as data:
            data.execute("INSERT INTO orders VALUES (?, ?, ?, 'waiting', NULL)", (order_id, *GOODS[good]))
        return self.answer(303, "", {"Location": f"/orders/{order_id}"})

    def answer(self, status, content, headers=None):
        """Send a page, or a value as JSON."""
        is_page = isinstance(content, str)
        body = (content if is_page else json.dumps(content)).encode()
        self.send_response(status)
        kind = "text/html; charset=utf-8" if is_page else "application/json"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing."""


def order_of(order_id):
    """The order, or None."""
    with database() as data:
        return data.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone()


def page(body):
    """A page of the shop."""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    return (
        f'<!doctype html><html lang="en"><head>{head}<title>Shop</title></head><body><main>{body}</main></body></html>'
    )


def first_page():
    """All that can be ordered."""
    buttons = "".join(
        f'<p><button name="good" value="{good}">{html.escape(name)}, KSh {kes}</button></p>'
        for good, (name, kes) in GOODS.items()
    )
    return page(f'<h1>Shop</h1><form method="post" action="/api/orders">{buttons}</form>')


def order_page(order, payment):
    """The order, and the place where it is paid."""
    return page(
        f"<h1>Order {order['id']}: {html.escape(order['good'])}, KSh {order['kes']}</h1>"
        f'<script type="module" src="{GATEWAY}/sdk/1/mpesa-checkout.js"></script>'
        f'<mpesa-checkout api="{GATEWAY}" payment="{payment["id"]}" token="{payment["client_token"]}">'
        f'<a href="{payment["checkout_url"]}">Pay with M-PESA</a></mpesa-checkout>'
    )


if __name__ == "__main__":
    print(f"The shop is at http://localhost:{PORT}", flush=True)
    ThreadingHTTPServer(("127.0.0.1", PORT), Shop).serve_forever()
