"""A caller who is gone before the whole of the request was read: a worker that was killed, a page that was left."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler


@web.middleware
async def no_error_when_hung_up(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nobody is there to be answered, and nothing is wrong here that a log should tell."""
    try:
        return await handler(request)
    except ConnectionResetError:
        if request.transport is not None:
            raise
        return web.Response(status=408)
