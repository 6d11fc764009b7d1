"""The eight cases that every shop should see before it takes real money. Copy this file beside mpesa_local.py.

It wants one fixture of yours, `shop`, with four methods: see the class `Shop` below, which fits the example shops.
"""

import json
import urllib.request


class Shop:
    """How the tests use a shop over HTTP. Change what is inside to what your shop has."""

    def __init__(self, address):
        self.address = address
        self.webhook = f"{address}/api/mpesa"

    def order(self):
        """Order something; the order's number."""
        with self._post("/api/orders", b"good=mug") as answer:
            return answer.url.rpartition("/")[2]

    def begin_payment(self, order):
        """What the page is given: {"payment", "token"}."""
        with self._post(f"/api/orders/{order}/pay", b"") as answer:
            return json.load(answer)

    def status(self, order):
        """`waiting` or `paid`, by the shop's own database."""
        with urllib.request.urlopen(f"{self.address}/api/orders/{order}", timeout=30) as answer:
            return json.load(answer)["status"]

    def receipt(self, order):
        """M-PESA's code, by the shop's own database."""
        with urllib.request.urlopen(f"{self.address}/api/orders/{order}", timeout=30) as answer:
            return json.load(answer)["receipt"]

    def _post(self, path, body):
        headers = {"Accept": "application/json", "Origin": self.address}
        request = urllib.request.Request(self.address + path, body, headers, method="POST")
        return urllib.request.urlopen(request, timeout=60)


def begin(shop):
    """An order and its payment, as the page has them."""
    order = shop.order()
    begun = shop.begin_payment(order)
    return order, begun["payment"], begun["token"]


def test_paid(mpesa, shop):
    """The order goes out, and M-PESA's code stands beside it."""
    order, payment, token = begin(shop)
    paid = mpesa.prompt(payment, token, "0700000000")
    mpesa.tell(shop.webhook)
    assert shop.status(order) == "paid"
    assert shop.receipt(order) == paid["receipt"]


def test_cancelled_then_paid(mpesa, shop):
    """Nothing goes out; the same order can be paid again."""
    order, payment, token = begin(shop)
    assert mpesa.prompt(payment, token, "0700001032")["status"] == "failed"
    mpesa.tell(shop.webhook)
    assert shop.status(order) == "waiting"
    mpesa.prompt(payment, token, "0700000000", number=2)
    mpesa.tell(shop.webhook)
    assert shop.status(order) == "paid"


def test_no_answer(mpesa, shop):
    """A minute of silence: nothing goes out."""
    order, payment, token = begin(shop)
    assert mpesa.prompt(payment, token, "0700001037")["failure"]["code"] == "no_answer"
    mpesa.tell(shop.webhook)
    assert shop.status(order) == "waiting"


def test_wrong_pin(mpesa, shop):
    """Nothing goes out; why stands in the payment."""
    order, payment, token = begin(shop)
    assert mpesa.prompt(payment, token, "0700002001")["failure"]["code"] == "wrong_pin"
    mpesa.tell(shop.webhook)
    assert shop.status(order) == "waiting"


def test_lost_callback(mpesa, shop):
    """Safaricom never calls; the gateway asks. M-PESA's code follows later, and goods do not wait for it."""
    order, payment, token = begin(shop)
    assert mpesa.prompt(payment, token, "0700010001")["receipt"] is None
    mpesa.tell(shop.webhook)
    assert shop.status(order) == "paid"


def test_late_success(mpesa, shop):
    """First it failed. Ten minutes later it is paid after all, and the order goes out."""
    order, payment, token = begin(shop)
    mpesa.prompt(payment, token, "0700010007")
    mpesa.tell(shop.webhook)
    assert shop.status(order) == "waiting"
    mpesa.advance(900)
    assert "late_success" in mpesa.payment(payment)["flags"]
    mpesa.tell(shop.webhook)
    assert shop.status(order) == "paid"


def test_webhook_twice(mpesa, shop):
    """Told three times, the shop understands three times and sends once."""
    order, payment, token = begin(shop)
    mpesa.prompt(payment, token, "0700000000")
    told = mpesa.tell(shop.webhook, times=3)
    assert {status for _, status in told} <= {200, 204}
    assert len([kind for kind, _ in told if kind == "payment.paid"]) == 3
    assert shop.status(order) == "paid"


def test_paid_twice(mpesa, shop):
    """Two receipts for one order: it goes out once, and a person gives one back."""
    order, payment, token = begin(shop)
    mpesa.prompt(payment, token, "0700010020")
    mpesa.advance(60)
    assert "duplicate_payment" in mpesa.payment(payment)["flags"]
    mpesa.tell(shop.webhook)
    assert shop.status(order) == "paid"


def test_a_forged_webhook_is_refused(mpesa, shop):
    """And one more: whoever does not know the secret moves nothing."""
    order, payment, _ = begin(shop)
    found = mpesa.payment(payment)
    paid = {**found, "status": "paid", "safe_to_fulfil": True, "amount_received": found["amount"]}
    event = {"id": "evt_forged", "type": "payment.paid", "timestamp": "2026-03-02T09:15:04Z", "data": paid}
    assert mpesa.send(shop.webhook, event, secret="whsec_d3JvbmcgYnV0IGxvbmcgZW5vdWdo") == 401
    assert shop.status(order) == "waiting"
