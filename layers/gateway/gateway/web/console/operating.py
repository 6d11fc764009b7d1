"""Pages for who runs the gateway: webhooks, health, settings and keys.

They belong to the function behind the same routes of the API, whose rights they need.
"""

from __future__ import annotations

from gateway.web.console import deliveries, health, keys, settings, webhook_acts, webhooks
from gateway.web.console.guard import Page, Shown, guarded

_PAGES: dict[str, Page] = {
    "GET /console/webhooks": webhooks.webhooks,
    "GET /console/webhooks/{endpoint}": webhooks.endpoint_page,
    "POST /console/webhooks/{endpoint}/test": webhook_acts.send_test,
    "POST /console/webhooks/{endpoint}/enable": webhook_acts.enable,
    "POST /console/webhooks/{endpoint}/redeliver": webhook_acts.redeliver_missed,
    "GET /console/webhooks/{endpoint}/deliveries/{delivery}": deliveries.delivery_page,
    "POST /console/webhooks/{endpoint}/deliveries/{delivery}/redeliver": webhook_acts.redeliver,
    "GET /console/health": health.health,
    "GET /console/settings": settings.settings,
    "GET /console/keys/new": keys.new_key,
    "POST /console/keys": keys.create_key,
    "GET /console/keys/{key}": keys.key_page,
    "POST /console/keys/{key}/end": keys.end_one,
}

OPERATING_PAGES: dict[str, Shown] = guarded(_PAGES, {})
