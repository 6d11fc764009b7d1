"""L12 at the shop's door: each event is delivered or listed, under one id; who keeps the highest version is right."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from gateway.domain import webhooks as rules
from gateway.domain.events import EventType
from gateway.domain.webhooks import DeliveryState, Disabled, Outcome
from gateway.flows.webhook_replay import deliver_again, replay_some
from gateway.ports import QueueUnavailable, StoreUnavailable, run
from gateway.ports.webhooks import Post, Posted, Replay
from tests.memory_webhooks import answering, silent
from tests.webhook_world import HOUR_MS, MINUTE_MS, OWNER, SECRET, SETTINGS, WebhookWorld, describe, pay

HOST = "shop.example"
DAY_MS = 24 * HOUR_MS
SCHEDULE_S = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""The standard's own table: each try so many seconds after the one before."""


@pytest.fixture
def world() -> WebhookWorld:
    """One endpoint that wants everything about payments."""
    made = WebhookWorld()
    made.endpoint()
    return made


def sent_at(world: WebhookWorld) -> list[int]:
    """When each message was sent, in seconds after the first."""
    times = [int(post.headers["webhook-timestamp"]) for post in world.posts_to()]
    return [at - times[0] for at in times]


def body_of(post: Post) -> dict[str, Any]:
    return dict(json.loads(post.body))


# --- one delivery -----------------------------------------------------------------------------------------------------


def test_law_12_an_event_reaches_the_endpoint_with_the_events_id_and_the_payment_as_it_stands(
    world: WebhookWorld,
) -> None:
    event = world.happened()
    world.settle()

    [post] = world.posts_to()
    assert event == post.headers["webhook-id"] == body_of(post)["id"]
    assert "payment.paid" == body_of(post)["type"]
    assert DeliveryState.DELIVERED is world.delivery(event).state


def test_law_12_paid_says_why_we_believe_it(world: WebhookWorld) -> None:
    """`data.evidence` names source, time and receipt of what proves the money."""
    payment = world.payment()
    pay(world, payment, "SGL31QW9XY")
    world.tell(world.emitted(payment))
    world.settle()

    [evidence] = body_of(world.posts_to()[0])["data"]["evidence"]
    assert ("c2b", "SGL31QW9XY") == (evidence["source"], evidence["receipt"])


def test_law_12_tries_follow_the_standards_schedule_and_then_it_is_on_the_failed_list(world: WebhookWorld) -> None:
    """Ten tries; each waits as long as the table says, give or take the minute of the sweep; then it has failed."""
    world.sender.servers[HOST] = answering(503)
    event = world.happened()
    world.pass_time(5 * DAY_MS)

    told = sent_at(world)
    waits = [later - earlier for earlier, later in itertools.pairwise(told)]
    assert len(SCHEDULE_S) == len(told)
    assert [] == [
        (wanted, waited)
        for wanted, waited in zip(SCHEDULE_S[1:], waits, strict=True)
        if not wanted <= waited <= wanted + 125
    ]
    assert (DeliveryState.FAILED, 10) == (world.delivery(event).state, world.delivery(event).tries_made)


def test_law_12_every_try_carries_the_same_id(world: WebhookWorld) -> None:
    """So that a shop can tell a repetition from news."""
    world.sender.servers[HOST] = answering(500)
    event = world.happened()
    world.pass_time(HOUR_MS)

    assert {event} == {post.headers["webhook-id"] for post in world.posts_to()}
    assert 4 == len(world.posts_to())


@pytest.mark.parametrize(
    ("server", "outcome"),
    [
        (answering(302), Outcome.REDIRECTED),
        (answering(404), Outcome.REFUSED),
        (silent(Outcome.TIMED_OUT), Outcome.TIMED_OUT),
        (silent(Outcome.NOT_CONNECTED, 5_000), Outcome.NOT_CONNECTED),
        (silent(Outcome.BROKEN_OFF, 20), Outcome.BROKEN_OFF),
    ],
    ids=["redirect", "not found", "silence", "refused", "cut"],
)
def test_law_12_whatever_is_no_2xx_is_a_failure_and_is_tried_again(
    world: WebhookWorld, server: Any, outcome: Outcome
) -> None:
    """And the log says which."""
    world.sender.servers[HOST] = server
    event = world.happened()
    world.pass_time(30_000)

    assert [outcome, outcome] == [tried.outcome for tried in world.delivery(event).tries]
    assert DeliveryState.WAITING is world.delivery(event).state


def test_law_12_a_crash_after_the_post_sends_the_same_message_id_again(world: WebhookWorld) -> None:
    """The mark could not be written: at least once, and never under another id."""
    world.fail_next["Webhooks.save_delivery"].append(StoreUnavailable("away"))
    event = world.happened()
    world.pass_time(2 * MINUTE_MS)

    assert [event, event] == [post.headers["webhook-id"] for post in world.posts_to()]
    assert (DeliveryState.DELIVERED, 1) == (world.delivery(event).state, world.delivery(event).tries_made)


def test_law_12_an_event_that_is_told_twice_is_delivered_once(world: WebhookWorld) -> None:
    """The stream's batch came again, at once or an hour later."""
    event = world.emitted(world.payment())
    world.tell(event)
    world.tell(event)
    world.settle()
    world.pass_time(HOUR_MS)
    world.tell(event)
    world.settle()

    assert 1 == len(world.posts_to())


def test_law_12_a_message_that_gets_lost_in_its_short_wait_is_found_by_the_sweep(world: WebhookWorld) -> None:
    """The wait of five seconds passes in a queue; the table knows of it too."""
    world.sender.servers[HOST] = answering(500)
    event = world.happened()
    world.settle()
    world.webhooks.later.clear()
    world.sender.servers[HOST] = answering(204)
    world.pass_time(4 * MINUTE_MS)

    assert DeliveryState.DELIVERED is world.delivery(event).state


def test_law_12_a_failure_to_queue_the_next_try_loses_nothing(world: WebhookWorld) -> None:
    """SQS is away after the try was marked."""
    world.sender.servers[HOST] = answering(500)
    world.fail_next["Webhooks.send_later"].append(QueueUnavailable("away"))
    event = world.happened()
    world.settle()
    world.sender.servers[HOST] = answering(204)
    world.pass_time(5 * MINUTE_MS)

    assert DeliveryState.DELIVERED is world.delivery(event).state


def test_law_12_events_that_an_endpoint_did_not_ask_for_are_not_sent(world: WebhookWorld) -> None:
    """Types and families."""
    world.endpoint("two", "https://two.example/", ["payment.failed"])
    world.happened(EventType.PAID)
    world.settle()

    assert (1, 0) == (len(world.posts_to()), len(world.posts_to("two.example")))


# --- endpoints that fail ----------------------------------------------------------------------------------------------


def test_law_12_a_410_disables_the_endpoint_and_says_so(world: WebhookWorld) -> None:
    """The operator, the bus and the shop's other endpoint hear of it; nothing is sent any more."""
    world.endpoint("two", "https://two.example/", ["webhook_endpoint.*"])
    world.sender.servers[HOST] = answering(410)
    event = world.happened()
    world.pass_time(HOUR_MS)
    world.happened()
    world.pass_time(HOUR_MS)

    assert 1 == len(world.posts_to())
    assert Disabled.GONE is world.stored().disabled
    assert DeliveryState.STOPPED is world.delivery(event).state
    assert ["webhook_endpoint.disabled"] == [body_of(post)["type"] for post in world.posts_to("two.example")]
    assert "webhook_endpoint.disabled" in {entry["type"] for entry in world.bus.published}
    assert "webhook_endpoint_disabled" in {name for name, _ in world.ambient.reports}


def test_law_12_after_the_schedule_the_endpoint_is_told_to_be_failing(world: WebhookWorld) -> None:
    """Once for one period of failing, though many deliveries fail in it."""
    world.endpoint("two", "https://two.example/", ["webhook_endpoint.failing"])
    world.sender.servers[HOST] = answering(500)
    world.happened()
    world.pass_time(4 * DAY_MS)

    told = list(world.posts_to("two.example"))
    assert ["webhook_endpoint.failing"] == [body_of(post)["type"] for post in told]
    assert "whe_one" == body_of(told[0])["data"]["id"]
    assert world.stored().disabled is None
    [kept] = [event for event in world.feed.events.values() if event.type == "webhook_endpoint.failing"]
    assert (told[0].headers["webhook-id"], "whe_one", OWNER) == (kept.id, kept.payment_id, kept.owner)


def test_law_12_what_the_feed_keeps_of_an_endpoint_is_sent_again_to_others_and_never_to_itself(
    world: WebhookWorld,
) -> None:
    """Both want everything; one failed and is well again; each asks for what it missed."""
    world.keep(replace(world.stored(), events=("*",)))
    world.sender.servers[HOST] = answering(500)
    world.happened()
    world.pass_time(4 * DAY_MS)
    world.endpoint("two", "https://two.example/", ["*"])
    world.sender.servers[HOST] = answering(200)
    for name in ("one", "two"):
        run(replay_some(Replay(owner=OWNER, endpoint=f"whe_{name}", after_ms=0, until_ms=world.now + 1)), world)
    world.pass_time(HOUR_MS)

    types = [[body_of(post)["type"] for post in world.posts_to(host)] for host in (HOST, "two.example")]
    assert [0, 1] == [told.count("webhook_endpoint.failing") for told in types]


def test_law_12_five_days_of_only_failures_disable_the_endpoint(world: WebhookWorld) -> None:
    """Events go on coming; the first that fails after five days ends it."""
    world.sender.servers[HOST] = silent(Outcome.NOT_CONNECTED)
    for _ in range(8):
        world.happened()
        world.pass_time(16 * HOUR_MS)

    assert Disabled.FAILING is world.stored().disabled


def test_law_12_one_success_wipes_the_slate(world: WebhookWorld) -> None:
    """Five days count from the first failure after the last success."""
    world.sender.servers[HOST] = answering(500)
    world.happened()
    world.pass_time(4 * DAY_MS)
    world.sender.servers[HOST] = answering(200)
    world.happened()
    world.pass_time(HOUR_MS)

    assert (None, 0) == (world.stored().failing_since_ms, world.stored().resting_until_ms)


def test_law_12_a_flood_for_a_dead_endpoint_costs_few_posts_and_uses_up_no_tries(world: WebhookWorld) -> None:
    """While it only fails it rests: two hundred events, and no more than a handful of tries in an hour."""
    world.sender.servers[HOST] = silent(Outcome.TIMED_OUT)
    world.happened()
    world.pass_time(10 * MINUTE_MS)
    before = len(world.posts_to())
    events = [world.happened() for _ in range(200)]
    world.pass_time(HOUR_MS)

    assert len(world.posts_to()) - before < 60
    assert {DeliveryState.WAITING} == {world.delivery(event).state for event in events}


def test_law_12_a_failing_or_slow_endpoint_has_one_lane(world: WebhookWorld) -> None:
    """A healthy one has a few; messages of one lane go one after the other, so it takes no more than that."""
    lanes = {rules.lane_of(world.stored(), f"pay_{number}") for number in range(50)}
    world.sender.servers[HOST] = answering(200, ms=9_000)
    world.happened()
    world.settle()
    slow = {rules.lane_of(world.stored(), f"pay_{number}") for number in range(50)}

    assert (rules.LANES, 1) == (len(lanes), len(slow))


# --- a consumer that was down -----------------------------------------------------------------------------------------


class Consumer:
    """A shop's server that keeps the highest version of each payment, as the documents advise."""

    def __init__(self, world: WebhookWorld) -> None:
        self.world = world
        self.up = True
        self.seen: dict[str, dict[str, Any]] = {}

    def __call__(self, post: Post) -> Posted:
        """Take a message if up."""
        if not self.up:
            return Posted(None, Outcome.NOT_CONNECTED, 5, b"")
        data = json.loads(post.body)["data"]
        known = self.seen.get(data["id"])
        if known is None or known["version"] <= data["version"]:
            self.seen[data["id"]] = data
        return Posted(204, None, 12, b"")

    def differences(self) -> list[str]:
        """Payments that it does not know as the API shows them."""
        store = self.world.store
        shown = {key: describe(record, SETTINGS.state(record)) for key, record in store.payments.items()}
        return [key for key, value in shown.items() if self.seen.get(key) != value]


def test_law_12_a_consumer_that_was_down_for_four_days_ends_equal_to_the_api(world: WebhookWorld) -> None:
    """Events of all four days, payments that changed meanwhile: no redelivery by hand is needed."""
    consumer = Consumer(world)
    world.sender.servers[HOST] = consumer
    consumer.up = False
    payments = []
    for number in range(24):
        payments.append(world.payment())
        world.tell(world.emitted(payments[-1], EventType.CREATED))
        world.pass_time(3 * HOUR_MS)
        pay(world, payments[-1], f"SGL{number:07d}")
        world.tell(world.emitted(payments[-1]))
        world.pass_time(HOUR_MS)
    consumer.up = True
    world.pass_time(DAY_MS + 4 * HOUR_MS)
    replay = Replay(owner=OWNER, endpoint="whe_one", after_ms=0, until_ms=world.now)
    run(replay_some(replay), world)
    world.pass_time(HOUR_MS)

    assert [] == consumer.differences()
    assert 24 == len(consumer.seen)


def test_law_12_redelivery_since_a_moment_sends_what_was_missed_and_nothing_else(world: WebhookWorld) -> None:
    """Also what happened while the endpoint was disabled, of which no delivery is stored."""
    first = world.happened()
    world.pass_time(MINUTE_MS)
    world.sender.servers[HOST] = answering(410)
    second = world.happened()
    world.pass_time(MINUTE_MS)
    third = world.happened()
    world.pass_time(MINUTE_MS)
    world.sender.servers[HOST] = answering(200)
    world.keep(rules.enabled_again(world.stored()))
    before = len(world.posts_to())
    run(replay_some(Replay(owner=OWNER, endpoint="whe_one", after_ms=0, until_ms=world.now)), world)
    world.pass_time(10 * MINUTE_MS)

    assert {second, third} == {post.headers["webhook-id"] for post in world.posts_to()[before:]}
    assert {DeliveryState.DELIVERED} == {world.delivery(event).state for event in (first, second, third)}


def test_law_12_a_long_redelivery_goes_on_from_message_to_message(world: WebhookWorld) -> None:
    """More events than one step goes through."""
    world.keep(rules.health_after(world.stored(), rules.Try(world.now, Outcome.REFUSED, 410, 5)))
    events = [world.happened() for _ in range(60)]
    world.pass_time(MINUTE_MS)
    world.keep(rules.enabled_again(world.stored()))
    run(replay_some(Replay(owner=OWNER, endpoint="whe_one", after_ms=0, until_ms=world.now)), world)
    world.pass_time(10 * MINUTE_MS)

    assert set(events) == {post.headers["webhook-id"] for post in world.posts_to()}


def test_law_12_a_person_may_have_a_delivery_sent_again_with_its_whole_schedule(world: WebhookWorld) -> None:
    """After it was given up, and even after it was delivered: under the same id."""
    event = world.happened()
    world.settle()
    world.sender.servers[HOST] = answering(500)
    run(deliver_again(world.delivery(event).id, world.stored_endpoints()), world)
    world.pass_time(HOUR_MS)

    assert [event] * 5 == [post.headers["webhook-id"] for post in world.posts_to()]
    assert DeliveryState.WAITING is world.delivery(event).state


def test_law_12_what_a_person_asks_for_does_not_wait_for_a_rest(world: WebhookWorld) -> None:
    """Somebody looks at the screen."""
    world.sender.servers[HOST] = answering(500)
    event = world.happened()
    world.pass_time(10 * MINUTE_MS)
    world.keep(replace(world.stored(), resting_until_ms=world.now + 5 * MINUTE_MS))
    world.sender.servers[HOST] = answering(200)
    run(deliver_again(world.delivery(event).id, world.stored_endpoints()), world)
    world.settle()

    assert DeliveryState.DELIVERED is world.delivery(event).state


def test_law_12_a_rest_of_a_clock_that_was_put_back_holds_nothing_up(world: WebhookWorld) -> None:
    """A test moved the clock by an hour while the server failed, mended it, and put the clock right again."""
    world.sender.servers[HOST] = answering(500)
    began_ms = world.now
    world.happened()
    world.pass_time(HOUR_MS)
    world.ambient.at_ms = began_ms
    world.sender.servers[HOST] = answering(200)
    event = world.happened()
    world.settle()

    assert DeliveryState.DELIVERED is world.delivery(event).state


def test_law_12_a_message_is_dated_by_the_clocks_of_others(world: WebhookWorld) -> None:
    """Receivers refuse what is five minutes old or early by theirs; the event itself keeps its time."""
    world.ambient.ahead_ms = HOUR_MS
    world.happened()
    world.settle()

    [post] = world.posts_to()
    assert (world.now - HOUR_MS) // 1000 == int(post.headers["webhook-timestamp"])
    assert signed_by(SECRET, post)


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_law_12_both_secrets_sign_for_a_day_after_a_rotation_and_then_the_new_one_alone(world: WebhookWorld) -> None:
    """A shop that has not changed its setting yet loses nothing for 24 hours."""
    new = rules.new_secret(b"n" * 32)
    world.keep(rules.rotated(world.stored(), new, world.now))
    world.happened()
    world.pass_time(23 * HOUR_MS)
    world.happened()
    world.pass_time(2 * HOUR_MS)
    world.happened()
    world.settle()

    assert [2, 2, 1] == [len(post.headers["webhook-signature"].split(" ")) for post in world.posts_to()]
    for post in world.posts_to():
        assert signed_by(new, post)
    assert [True, True, False] == [signed_by(SECRET, post) for post in world.posts_to()]


def signed_by(secret: str, post: Post) -> bool:
    """Whether the standard's own library makes one of these signatures; its clock is another story."""
    at = datetime.fromtimestamp(int(post.headers["webhook-timestamp"]), UTC)
    own = Webhook(secret).sign(post.headers["webhook-id"], at, post.body.decode())
    return own in post.headers["webhook-signature"].split(" ")
