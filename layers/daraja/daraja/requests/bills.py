"""Invoices by SMS (Bill Manager). Needs an opt-in. Source: developer.safaricom.co.ke/apis/BillManager.

Production's paths have been seen with their prefix twice (github.com/kepas-tech/daraja-js docs/specs/bill-manager.md):
the client takes the prefix as an argument.
"""

from typing import Annotated, ClassVar, Final, TypeAlias

from pydantic import Field

from daraja.environments import BILL_INVOICES_MAX
from daraja.requests.fields import Address, Json, Part, Request, Shortcode

PREFIX: Final = "/v1/billmanager-invoice"
DOUBLED_PREFIX: Final = "/v1/billmanager-invoice/v1/billmanager-invoice"

_Text = Annotated[str, Field(min_length=1, max_length=120)]
_Phone = Annotated[str, Field(pattern=r"^(?:254|0)[17][0-9]{8}$", repr=False)]
_Day = Annotated[str, Field(pattern=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$")]
_Amount = Annotated[int, Field(ge=1, le=999_999_999)]
_Key = Annotated[str, Field(pattern=r"^[!-~]{1,200}$", repr=False)]


class BillOptInRequest(Request):
    """Joins, or with is_change mends what was said when joining. Its answer holds the app_key of the other calls."""

    path: ClassVar[str] = "/optin"

    shortcode: Shortcode
    email: str = Field(pattern=r"^[^\s@]+@[^\s@]+$", max_length=254, repr=False)
    official_contact: _Phone
    sends_reminders: bool
    callback_url: Address

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return {
            "shortcode": self.shortcode,
            "email": self.email,
            "officialContact": self.official_contact,
            "sendReminders": "1" if self.sends_reminders else "0",
            "callbackurl": self.callback_url,
        }

    def hidden(self) -> tuple[str, ...]:
        """Who joins, and the address."""
        return self.email, self.official_contact, self.callback_url


class BillOptInChangeRequest(BillOptInRequest):
    """What was said when joining is mended."""

    path: ClassVar[str] = "/change-optin-details"


class _WithAppKey(Request):
    app_key: _Key

    def headers(self) -> dict[str, str]:
        """The portal writes the name in two ways; both are sent."""
        return {"appKey": self.app_key, "app_key": self.app_key}

    def hidden(self) -> tuple[str, ...]:
        """The key."""
        return (self.app_key,)


class BillItem(Part):
    """A line of an invoice."""

    name: _Text
    amount_kes: _Amount

    def body(self) -> dict[str, Json]:
        """As it stands in the invoice."""
        return {"itemName": self.name, "amount": str(self.amount_kes)}


class Bill(Part):
    """An invoice. external_reference: ours, unique. period: as in "March 2026". due_date: YYYY-MM-DD."""

    external_reference: _Text
    full_name: Annotated[str, Field(min_length=1, max_length=120, repr=False)]
    phone: _Phone
    period: _Text
    name: _Text
    due_date: _Day
    account_reference: _Text
    amount_kes: _Amount
    items: tuple[BillItem, ...] = ()

    def body(self) -> dict[str, Json]:
        """As it stands alone or in a list."""
        told: dict[str, Json] = {
            "externalReference": self.external_reference,
            "billedFullName": self.full_name,
            "billedPhoneNumber": self.phone,
            "billedPeriod": self.period,
            "invoiceName": self.name,
            "dueDate": self.due_date,
            "accountReference": self.account_reference,
            "amount": str(self.amount_kes),
        }
        return {**told, "invoiceItems": [item.body() for item in self.items]} if self.items else told


class BillRequest(_WithAppKey):
    """Sends one invoice, or with `BillChangeRequest` mends it."""

    path: ClassVar[str] = "/single-invoicing"

    bill: Bill

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return self.bill.body()

    def hidden(self) -> tuple[str, ...]:
        """The key, and who is billed."""
        return self.app_key, self.bill.phone, self.bill.full_name


class BillChangeRequest(BillRequest):
    """One invoice is mended."""

    path: ClassVar[str] = "/change-invoice"


class BillsRequest(_WithAppKey):
    """Sends up to 1,000 invoices."""

    path: ClassVar[str] = "/bulk-invoicing"

    bills: tuple[Bill, ...] = Field(min_length=1, max_length=BILL_INVOICES_MAX)

    def body(self) -> list[Json]:
        """The JSON list on the wire."""
        return [bill.body() for bill in self.bills]

    def hidden(self) -> tuple[str, ...]:
        """The key, and who is billed."""
        return self.app_key, *(secret for bill in self.bills for secret in (bill.phone, bill.full_name))


class BillsChangeRequest(BillsRequest):
    """Up to 1,000 invoices are mended."""

    path: ClassVar[str] = "/change-invoices"


class BillCancelRequest(_WithAppKey):
    """One invoice is called off. Paid ones cannot be."""

    path: ClassVar[str] = "/cancel-single-invoice"

    external_reference: _Text

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return {"externalReference": self.external_reference}


class BillsCancelRequest(_WithAppKey):
    """Several invoices are called off."""

    path: ClassVar[str] = "/cancel-bulk-invoices"

    external_references: tuple[_Text, ...] = Field(min_length=1, max_length=BILL_INVOICES_MAX)

    def body(self) -> list[Json]:
        """The JSON list on the wire."""
        return [{"externalReference": reference} for reference in self.external_references]


class BillReceiptRequest(_WithAppKey):
    """Tells that an invoice was paid. receipt: M-Pesa's. paid_on: YYYY-MM-DD."""

    path: ClassVar[str] = "/reconciliation"

    paid_on: _Day
    amount_kes: _Amount
    account_reference: _Text
    receipt: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,20}$")]
    phone: _Phone
    full_name: Annotated[str, Field(min_length=1, max_length=120, repr=False)]
    invoice_name: _Text
    external_reference: _Text

    def body(self) -> dict[str, Json]:
        """The JSON object on the wire."""
        return {
            "paymentDate": self.paid_on,
            "paidAmount": str(self.amount_kes),
            "accountReference": self.account_reference,
            "transactionId": self.receipt,
            "phoneNumber": self.phone,
            "fullName": self.full_name,
            "invoiceName": self.invoice_name,
            "externalReference": self.external_reference,
        }

    def hidden(self) -> tuple[str, ...]:
        """The key, and who paid."""
        return self.app_key, self.phone, self.full_name


BillManagerRequest: TypeAlias = (
    BillOptInRequest | BillRequest | BillsRequest | BillCancelRequest | BillsCancelRequest | BillReceiptRequest
)
"""All of them; those that change something are kinds of those that make it."""
