"""Routes of API keys. What a key may do beside these is named by the other routes' scopes."""

from __future__ import annotations

from gateway.web.route import Credential, Route

SCOPE = "keys:write"

KEY_ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/v1/keys",
        function="admin_api",
        credential=Credential.SECRET_KEY,
        scope=SCOPE,
        body="KeyRequest",
        answer="ApiKey",
        statuses=(200, 201),
        errors=("idempotency_key_reused",),
        tag="keys",
        summary="Make a key; its secret is shown this once",
    ),
    Route(
        method="GET",
        path="/v1/keys",
        function="admin_api",
        credential=Credential.SECRET_KEY,
        scope=SCOPE,
        answer="ApiKeyList",
        tag="keys",
        summary="List keys, newest first, without their secrets",
    ),
    Route(
        method="DELETE",
        path="/v1/keys/{key}",
        function="admin_api",
        credential=Credential.SECRET_KEY,
        scope=SCOPE,
        answer="ApiKey",
        errors=("last_key",),
        tag="keys",
        summary="Revoke a key; it is refused everywhere within 60 seconds",
    ),
)
