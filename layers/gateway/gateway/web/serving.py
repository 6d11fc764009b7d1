"""From event to answer: find the route, let its endpoint work, turn every no into a problem.

An endpoint is a flow, like everything that asks the world. Bad input is never a 5xx, and no error leaves without the
form that the API promises.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.flows.settings import FlowSettings
from gateway.ports import (
    Ambient,
    Call,
    Flow,
    Performer,
    PortError,
    run,
)
from gateway.settings import SettingMissing, Settings
from gateway.web.errors import ApiError
from gateway.web.http import Answer, HttpAnswer, Request, read_request, to_api_gateway
from gateway.web.problem import problem_answer
from gateway.web.routes import BY_KEY, NO_ROUTE, Route

TRACE_LINES_MAX = 6


@dataclass(frozen=True, slots=True)
class Scene:
    """What an endpoint is given: the request, the route it came by, the settings of this function."""

    request: Request
    route: Route
    settings: Settings

    @property
    def livemode(self) -> bool:
        """Whether real money moves here."""
        return self.settings.livemode

    @property
    def base_url(self) -> str:
        """Our public address without a slash at the end: the setting, or the host under which we are called."""
        try:
            return self.settings.text("SHOP_BASE_URL").rstrip("/")
        except SettingMissing:
            return self.request.origin_of_host

    def flow_settings(self, *, calls_safaricom: bool = False) -> FlowSettings:
        """What the flows need to know."""
        return FlowSettings.of(self.settings, calls_safaricom=calls_safaricom)


Endpoint = Callable[[Scene], Flow[Answer] | Answer]
"""A flow that ends with the answer, or, where nobody need be asked, the answer."""
Endpoints = Mapping[str, Endpoint]
"""By route key, like `GET /v1/payments`; `$default` takes what no route takes."""

Pages = Mapping[str, Callable[[Request, Performer], Answer]]
"""Routes of the payer's page, which ask the world themselves."""


def serve(
    endpoints: Endpoints, event: Mapping[str, Any], world: Callable[[], Performer], pages: Pages | None = None
) -> HttpAnswer:
    """The answer to an event. world: made or fetched when first needed, so that its failure is answered too."""
    settings = Settings()
    request = read_request(event)
    scene = Scene(request, BY_KEY.get(request.route_key, NO_ROUTE), settings)
    try:
        answer = _answer(scene, endpoints, pages or {}, world)
    except ApiError as error:
        answer = problem_answer(error, scene.base_url, request.id)
    except PortError as error:
        answer = _unavailable(error, scene, world)
    except Exception as error:  # noqa: BLE001 the caller gets the promised form, the operator the place
        answer = _our_fault(error, scene, world)
    return to_api_gateway(answer, request.id, settings.text("GATEWAY_VERSION"))


def _answer(scene: Scene, endpoints: Endpoints, pages: Pages, world: Callable[[], Performer]) -> Answer:
    key = scene.request.route_key
    if key in pages:
        return pages[key](scene.request, world())
    endpoint = endpoints.get(key) or endpoints.get("$default")
    if endpoint is None:
        raise ApiError("not_found", "There is nothing at this address.")
    answered = endpoint(scene)
    return answered if isinstance(answered, Answer) else run(answered, world())


def _unavailable(error: PortError, scene: Scene, world: Callable[[], Performer]) -> Answer:
    _report(world, "storage_unavailable", {"request": scene.request.id, "why": type(error).__name__})
    problem = ApiError("storage_unavailable", "The gateway's storage did not answer. Repeat the same request.")
    return problem_answer(problem, scene.base_url, scene.request.id)


def _our_fault(error: Exception, scene: Scene, world: Callable[[], Performer]) -> Answer:
    fields: dict[str, Any] = {
        "request": scene.request.id,
        "error": type(error).__name__,
        "place": _places(error),
    }
    if isinstance(error, SettingMissing):  # names a setting and what to do, never a secret
        fields["why"] = str(error)
    _report(world, "handler_failed", fields)
    problem = ApiError("internal_error", "The gateway made a mistake. Repeating the same request is safe.")
    return problem_answer(problem, scene.base_url, scene.request.id)


def _places(error: Exception) -> list[str]:
    """Where it happened. Never the error's text: it may quote a body, a secret or a number."""
    frames = traceback.extract_tb(error.__traceback__)[-TRACE_LINES_MAX:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]


def _report(world: Callable[[], Performer], name: str, fields: Mapping[str, Any]) -> None:
    try:
        world().perform(Call("Ambient", Ambient.report.__name__, (name, fields)))
    except Exception as error:  # noqa: BLE001 the world itself is what failed
        from gateway.observability import report  # noqa: PLC0415 the log that needs no world

        report(name, {**fields, "world": type(error).__name__})
