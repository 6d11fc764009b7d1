"""Rules of the tree. Each message gives the rule, the place and the remedy."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house.tree import (
    PRODUCT,
    TOP,
    called_name,
    dotted,
    functions_of,
    imports_of,
    is_under,
    names_of_functions,
    nodes_of,
    parsed,
    place,
    python_files,
    type_of_function,
)

CLOCKS = {
    "date.today",
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.now",
    "datetime.utcnow",
    "time.monotonic",
    "time.monotonic_ns",
    "time.time",
    "time.time_ns",
}
SECRET_NAME = re.compile(r"(^|_)(tag|mac|secret|signature|digest|token)$")
NAMES_ABOUT_NOTHING = {"common", "helpers", "misc", "shared", "util", "utils"}
LEFTOVER = re.compile(r"#.*\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
UNEXPLAINED = re.compile(r"#\s*type:\s*ignore(?!\[[a-z-]+(, ?[a-z-]+)*\]\s+#)|#\s*noqa(?!: ?[A-Z]+[0-9]+)")
PHONE_IN_TESTS = re.compile(r"\b(?:0|254)(?!700|712345678)([17]\d{8})\b")
"""But for M-Pesa's magic numbers and the number of the documents, whose money no test counts."""
ASSERTING = {"raises", "expect", "run_state_machine_as_test"}
STANDARD = sys.stdlib_module_names
# What the rule below forbids in tests, as text to look for; none of it is used here.
STARTS_NEVER = ("pytest.skip", "pytest.xfail", "pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail")

Finding = str
Rule = Callable[[], Iterator[Finding]]


def imports_outside(files: list[Path], allowed: tuple[str, ...], remedy: str) -> Iterator[Finding]:
    """Imports that are neither the standard library's nor under the allowed names."""
    for path in files:
        for node, name in imports_of(path):
            if name.split(".")[0] not in STANDARD and not is_under(name, *allowed):
                yield f"{place(path, node)} imports {name}. {remedy}"


def imports_among(files: list[Path], refused: tuple[str, ...], remedy: str) -> Iterator[Finding]:
    """Imports under the refused names."""
    for path in files:
        for node, name in imports_of(path):
            if is_under(name, *refused):
                yield f"{place(path, node)} imports {name}. {remedy}"


def handlers_are_one_screen() -> Iterator[Finding]:
    """functions/*/app.py has at most 60 lines and imports gateway only."""
    handlers = python_files("functions")
    for path in handlers:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > 60:
            yield f"{place(path)} has {lines} lines; a handler has 60. Move what it decides to gateway/."
    yield from imports_outside(handlers, ("gateway",), "A handler parses, calls gateway once and answers.")


def domain_is_pure() -> Iterator[Finding]:
    """gateway/domain imports the standard library, itself and daraja.result_codes."""
    allowed = ("gateway.domain", "daraja.result_codes")
    files = python_files("layers/gateway/gateway/domain")
    yield from imports_outside(files, allowed, "Pass what it needs as a value.")


def dependencies_point_inwards() -> Iterator[Finding]:
    """functions → gateway → daraja; in gateway: web and aws → flows → domain."""
    daraja, gateway = "layers/daraja/daraja", "layers/gateway/gateway"
    yield from imports_among(python_files(daraja), ("gateway", "local", "cli"), "daraja is usable alone.")
    yield from imports_among(python_files(gateway), ("local", "cli"), "The product does not know its surroundings.")
    inner = ("gateway.aws", "gateway.web")
    yield from imports_among(python_files(f"{gateway}/flows"), inner, "Flows know ports only.")


def boto3_lives_in_aws() -> Iterator[Finding]:
    """boto3 is imported in gateway/aws alone."""
    files = [path for path in python_files("functions", "layers") if "aws" not in path.parts]
    yield from imports_among(files, ("boto3", "botocore"), "Only gateway/aws may; add a method to a port.")


def httpx_lives_in_the_client() -> Iterator[Finding]:
    """httpx is imported in daraja/client.py, gateway/aws/webhook_sender.py and gateway/aws/identity.py alone."""
    clients = {TOP / "layers/daraja/daraja/client.py"}
    clients |= {TOP / "layers/gateway/gateway/aws" / name for name in ("webhook_sender.py", "identity.py")}
    files = [path for path in python_files("functions", "layers") if path not in clients]
    yield from imports_among(files, ("httpx",), "Only these three may.")


def local_stands_outside() -> Iterator[Finding]:
    """local/ imports neither layer, so that it cannot share our misunderstandings."""
    yield from imports_among(
        python_files("local"), ("daraja", "gateway"), "Write it from Safaricom's or AWS's documents."
    )


def packages_import_nothing() -> Iterator[Finding]:
    """The layers' top packages import nothing, since whatever they import each cold start pays."""
    for path in (TOP / "layers/daraja/daraja/__init__.py", TOP / "layers/gateway/gateway/__init__.py"):
        for node, name in imports_of(path):
            if name != "__future__.annotations":
                yield f"{place(path, node)} imports {name}. Import it where it is used."


def files_are_short() -> Iterator[Finding]:
    """A file has at most 500 lines and one subject."""
    for path in python_files(*PRODUCT, "tests"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > 500:
            yield f"{place(path)} has {lines} lines; the most is 500. Split it by subject."


def functions_are_short() -> Iterator[Finding]:
    """A function has at most 60 lines, docstring not counted."""
    for path in python_files(*PRODUCT, "tests"):
        for function in functions_of(path):
            first = function.body[1:2] if ast.get_docstring(function) else function.body[:1]
            lines = (function.end_lineno or 0) - first[0].lineno + 1 if first else 0
            if lines > 60:
                yield f"{place(path, function)} {function.name} has {lines} lines of 60. Name its parts."


def modules_are_named_for_their_subject() -> Iterator[Finding]:
    """No module is named utils, common or misc."""
    for path in python_files(*PRODUCT, "tests"):
        if {path.stem, path.parent.name} & NAMES_ABOUT_NOTHING:
            yield f"{place(path)} is named for nothing. Name what is in it."


def the_clock_is_an_argument() -> Iterator[Finding]:
    """No module of the layers reads a clock, but gateway/aws/world.py."""
    for path in python_files("functions", "layers"):
        if path.parts[-2:] == ("aws", "world.py"):
            continue
        for node in nodes_of(path):
            if called_name(node) in CLOCKS:
                yield f"{place(path, node)} calls {called_name(node)}. Take the time as an argument."


def cancelled_is_cancelled() -> Iterator[Finding]:
    """Nothing waits by asyncio.wait_for: before Python 3.12 it loses a cancellation that comes with the result."""
    for path in python_files(*PRODUCT, "tests"):
        for node in nodes_of(path):
            if called_name(node) == "asyncio.wait_for":
                yield f"{place(path, node)} calls asyncio.wait_for. Use `async with asyncio.timeout(…)`."


def only_programs_print() -> Iterator[Finding]:
    """print stands in command-line programs alone."""
    for path in python_files("functions", "layers"):
        for node in nodes_of(path):
            if called_name(node) == "print":
                yield f"{place(path, node)} prints. Log through gateway.observability."


def secrets_are_compared_in_constant_time() -> Iterator[Finding]:
    """Tags, secrets and signatures are compared by hmac.compare_digest."""
    for path in python_files("functions", "layers/gateway"):
        for node in nodes_of(path):
            if isinstance(node, ast.Compare) and all(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
                sides = [dotted(side).split(".")[-1] for side in (node.left, *node.comparators)]
                if all(sides) and any(SECRET_NAME.search(side) for side in sides):
                    yield f"{place(path, node)} has {' == '.join(sides)}. Use hmac.compare_digest."


def nothing_is_left_over() -> Iterator[Finding]:
    """No leftover marks; an exception to a check names it and gives its reason."""
    for path in python_files(*PRODUCT, "tests"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if LEFTOVER.search(line):
                yield f"{place(path, number)} leaves something to do. Do it, or file it."
            if UNEXPLAINED.search(line) and path.name != "test_code.py":
                yield f"{place(path, number)} silences a check without its code and a reason behind it."


def modules_are_used() -> Iterator[Finding]:
    """Each module of the layers is imported by something that is not itself."""
    imported = {name for path in python_files(*PRODUCT) for _, name in imports_of(path)}
    for layer in ("layers/daraja", "layers/gateway"):
        for path in python_files(layer):
            module = ".".join(path.relative_to(TOP / layer).with_suffix("").parts).removesuffix(".__init__")
            if not any(is_under(name, module) for name in imported):
                yield f"{place(path)} is imported by nothing. Use it or remove it."


def all_tests_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The file's test functions."""
    return (function for function in functions_of(path) if function.name.startswith("test_"))


def can_fail(test: ast.AST) -> bool:
    """Whether there is an assert, a pytest.raises, or a call whose name says that it asserts."""
    called = {called_name(node).split(".")[-1] for node in ast.walk(test)}
    said = called & ASSERTING or any(name.startswith("assert") for name in called)
    return bool(said) or any(isinstance(node, ast.Assert) for node in ast.walk(test))


def each_test_can_fail() -> Iterator[Finding]:
    """A test asserts something, decides nothing, sleeps never and is not skipped."""
    for path in python_files("tests"):
        for test in all_tests_of(path):
            if not can_fail(test):
                yield f"{place(path, test)} {test.name} asserts nothing, so it cannot fail."
            for node in ast.walk(test):
                if isinstance(node, ast.If):
                    yield f"{place(path, node)} {test.name} decides by `if`. Make two tests, or parametrize."
                if called_name(node) in {"time.sleep", "sleep"}:
                    yield f"{place(path, node)} {test.name} sleeps. Wait for the event, or move the clock."


def no_test_is_skipped() -> Iterator[Finding]:
    """Nothing is skipped or expected to fail."""
    for path in python_files("tests"):
        for node in nodes_of(path):
            if isinstance(node, ast.Attribute) and dotted(node) in STARTS_NEVER:
                yield f"{place(path, node)} {dotted(node)}: a test that does not run proves nothing."


def each_test_states_a_fact() -> Iterator[Finding]:
    """A test's name is a sentence (four words or more), or its docstring states the fact."""
    for path in python_files("tests"):
        for test in all_tests_of(path):
            if len(test.name.split("_")) < 5 and not ast.get_docstring(test):
                yield f"{place(path, test)} {test.name} does not say what holds."


def phones_of_the_one_world_are_one_files() -> Iterator[Finding]:
    """Tests that share the running world each count on phones of their own, so that any order of files holds."""
    owners: dict[str, Path] = {}
    for path in python_files("tests/end_to_end"):
        text = path.read_text(encoding="utf-8")
        for phone in sorted(set(PHONE_IN_TESTS.findall(text)) if "LocalWorld" in text else ()):
            if owners.setdefault(phone, path) != path:
                yield f"{place(path)} pays with {phone}, as {place(owners[phone])} does. Take another number."


RULES: tuple[Rule, ...] = (
    handlers_are_one_screen,
    domain_is_pure,
    dependencies_point_inwards,
    boto3_lives_in_aws,
    httpx_lives_in_the_client,
    local_stands_outside,
    packages_import_nothing,
    files_are_short,
    functions_are_short,
    modules_are_named_for_their_subject,
    the_clock_is_an_argument,
    cancelled_is_cancelled,
    only_programs_print,
    secrets_are_compared_in_constant_time,
    nothing_is_left_over,
    modules_are_used,
    each_test_can_fail,
    no_test_is_skipped,
    each_test_states_a_fact,
    phones_of_the_one_world_are_one_files,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Rule) -> None:
    """No place in the tree breaks the rule; those that do are listed with their remedy."""
    found = list(rule())
    assert found == [], "\n".join([str(rule.__doc__), *found])


def test_the_functions_are_all_seen() -> None:
    """The rules look at something: every function folder has a handler with a syntax tree."""
    handlers = [path.parent.name for path in python_files("functions") if path.name == "app.py"]
    assert sorted(names_of_functions()) == handlers != []


@pytest.mark.parametrize("path", python_files("functions"), ids=lambda path: path.parent.name)
def test_a_handler_module_offers_its_handler(path: Path) -> None:
    """Lambda calls `handler(event, context)`."""
    functions = {node.name: node for node in parsed(path).body if isinstance(node, type_of_function)}
    assert [argument.arg.lstrip("_") for argument in functions["handler"].args.args] == ["event", "context"]


def test_every_function_has_events_and_a_row_in_the_readme() -> None:
    """functions/, events/ and README's table name the same functions."""
    functions = names_of_functions()
    events = {path.name for path in (TOP / "events").iterdir() if any(path.glob("*.json"))}
    rows = set(re.findall(r"^\| `([a-z0-9_]+)`", (TOP / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert functions == events
    assert functions <= rows


def test_every_event_has_its_expected_answer() -> None:
    """events/<function>/<case>.json stands beside <case>.expected.json."""
    files = set((TOP / "events").rglob("*.json"))
    cases = {path for path in files if not path.name.endswith(".expected.json")}
    assert {path.with_suffix(".expected.json") for path in cases} == files - cases
