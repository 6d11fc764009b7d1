"""The template's functions, called over HTTP and by their triggers, as Amazon would call them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.local.toys import Toys, message_of, play, running
from tests.own_loop import in_own_loop


def test_a_request_reaches_the_handler_and_its_answer_comes_back(tmp_path: Path) -> None:
    """Route → event → worker with its layer → DynamoDB → answer; the stream and the clock follow."""

    async def story(toys: Toys) -> None:
        answer = await toys.http.post("/things/a%20b")
        await toys.clock.advance(1)
        seen = await toys.item("SEEN#INSERTTHING#a b")

        assert (answer.status_code, answer.text) == (201, "asante")
        assert await toys.item("THING#a b") != {}
        assert abs(int(seen["at"]) - toys.clock.now()) < 30

    play(tmp_path, story)


def test_failures_of_a_function_are_what_amazon_makes_of_them(tmp_path: Path) -> None:
    """Raised, ended early, badly shaped: 500 each; the next call finds a fresh process."""

    async def story(toys: Toys) -> None:
        first = (await toys.http.get("/process")).json()
        answers = [await toys.http.get(path) for path in ("/raise", "/odd", "/exit")]
        second = (await toys.http.get("/process")).json()

        assert [(500, "Internal Server Error")] * 3 == [(one.status_code, message_of(one)) for one in answers]
        assert first != second
        log = (tmp_path / ".local/logs/toy.log").read_text(encoding="utf-8")
        assert "ZeroDivisionError" in log
        assert "Runtime.ExitError" in log

    play(tmp_path, story)


def test_a_worker_has_only_what_lambda_and_the_template_give_it(tmp_path: Path) -> None:
    """Nothing of this process's environment, and no package that no layer has."""

    async def story(toys: Toys) -> None:
        environment = (await toys.http.get("/environment")).json()
        foreign = await toys.http.get("/import?pydantic")
        local = await toys.http.get("/import?local")
        own = await toys.http.get("/import?botocore")

        assert "jambo" == environment["GREETING"]
        assert {"HOME", "PYTHONPATH", "VIRTUAL_ENV"}.isdisjoint(environment)
        assert [500, 500, 200] == [foreign.status_code, local.status_code, own.status_code]

    play(tmp_path, story)


def test_functions_follow_the_clock_that_the_world_has(tmp_path: Path) -> None:
    """A day forward, a stop, and on: the worker's time of day is the local clock's; its deadline is real."""

    async def story(toys: Toys) -> None:
        await toys.clock.advance(86_400)
        told_s, left_ms = (await toys.http.get("/time")).json()
        toys.clock.freeze()
        frozen_s, _ = (await toys.http.get("/time")).json()

        assert abs(toys.clock.now() - told_s) < 10
        assert 15_000 < left_ms <= 20_000
        assert frozen_s == pytest.approx(toys.clock.now(), abs=0.001)

    play(tmp_path, story)


def test_messages_come_again_until_the_function_is_done_with_them(tmp_path: Path) -> None:
    """A good message is seen once; a bad one again after its visibility, then it lies with the dead letters."""

    async def story(toys: Toys) -> None:
        await toys.http.get("/send?good")
        await toys.http.get("/send?bad")
        began_s = toys.clock.now()
        await toys.clock.advance(100)
        good, bad = await toys.item("SEEN#message-good"), await toys.item("SEEN#message-bad")

        assert int(good["at"]) <= began_s
        assert 29 <= int(bad["at"]) - began_s <= 40
        assert ["bad"] == await toys.dead_letters()

    play(tmp_path, story)


def test_a_change_that_cannot_be_handled_goes_to_the_failure_destination(tmp_path: Path) -> None:
    """One retry, then the place in the stream is told and later changes go on."""

    async def story(toys: Toys) -> None:
        await toys.http.post("/things/poison")
        await toys.http.post("/things/later")
        await toys.clock.advance(60)
        (told,) = await toys.dead_letters()

        assert "RetryAttemptsExhausted" in told
        assert await toys.item("SEEN#INSERTTHING#later") != {}

    play(tmp_path, story)


def test_a_day_forward_plays_schedules_and_time_to_live_and_takes_seconds(tmp_path: Path) -> None:
    """An empty sweep is skipped, so a day is not 1,440 calls; an item is gone when its hour is over."""

    async def story(toys: Toys) -> None:
        await toys.http.post("/things/short-lived")
        await toys.clock.advance(86_400)
        await toys.clock.advance(1)
        ticks = (tmp_path / ".local/logs/toy.log").read_text(encoding="utf-8").count("REPORT")

        assert {} == await toys.item("THING#short-lived")
        assert await toys.item("SEEN#REMOVETHING#short-lived") != {}
        assert await toys.item("SEEN#tick") != {}
        assert ticks < 20

    play(tmp_path, story)


def test_what_is_put_on_the_bus_can_be_looked_at(tmp_path: Path) -> None:
    async def story(toys: Toys) -> None:
        await toys.http.get("/publish")

        assert [("toys", "made")] == [(event["bus"], event["detail-type"]) for event in toys.stack.bus.after(0)]

    play(tmp_path, story)


def test_table_parameters_and_messages_survive_a_restart(tmp_path: Path) -> None:
    """What was answered is there again, from files that are whole at any moment."""

    async def whole() -> None:
        async with running(tmp_path) as before:
            await before.http.post("/things/kept")
            await before.stack.backing.call(
                "ssm", "PutParameter", Name="/toys/secret", Value="s", Type="SecureString", KeyId="alias/toys"
            )
            dead_letters = before.stack.template.names.ref("DeadLetters", "test")
            await before.stack.backing.call("sqs", "SendMessage", QueueUrl=dead_letters, MessageBody="waiting")
        async with running(tmp_path) as after:
            parameter = await after.stack.backing.call("ssm", "GetParameter", Name="/toys/secret", WithDecryption=True)
            assert await after.item("THING#kept") != {}
            assert "s" == parameter["Parameter"]["Value"]
            assert ["waiting"] == await after.dead_letters()

    in_own_loop(whole())
    assert 0o600 == (tmp_path / ".local/parameters.json").stat().st_mode & 0o777


def test_many_calls_at_once_queue_before_four_workers(tmp_path: Path) -> None:
    async def story(toys: Toys) -> None:
        answers = await asyncio.gather(*(toys.http.get("/process") for _ in range(40)))

        assert {200} == {answer.status_code for answer in answers}
        assert 1 <= len({answer.json() for answer in answers}) <= 4

    play(tmp_path, story)


def test_a_caller_who_hangs_up_is_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(toys: Toys) -> None:
        door = toys.http.base_url
        _, speaking = await asyncio.open_connection(door.host, door.port)
        speaking.write(b"POST /things/half HTTP/1.1\r\nHost: toys\r\nContent-Length: 9\r\n\r\nhalf")
        await speaking.drain()
        await asyncio.sleep(0.1)
        speaking.close()
        await speaking.wait_closed()
        await toys.http.get("/process")

        assert [] == caplog.messages

    play(tmp_path, story)
