"""Mutants of the pages for who runs the gateway: webhooks, health, settings and keys."""

from __future__ import annotations

from tests.laws.mutant import Mutant

CONSOLE = "tests/unit/console/"
PAGES, HOOKS = f"{CONSOLE}test_pages.py::test_", f"{CONSOLE}test_webhooks.py::test_"
KEYS_MADE, HEALTH = f"{CONSOLE}test_settings_and_keys.py::test_", f"{CONSOLE}test_health_page.py::test_"
PERSONS = "tests/security/test_two_persons.py::test_law_11_"
ROUTES, KEYS, ACTS = "web/console_routes.py", "web/console/keys.py", "web/console/webhook_acts.py"
DELIVERIES, LIST = "web/console/deliveries.py", "web/console/webhooks.py"
OWN_RIGHT = PAGES + "what_runs_the_gateway_is_for_those_who_run_it"

OPERATING_MUTANTS: tuple[Mutant, ...] = (
    # Who may.
    Mutant(
        "L14",
        "an operator makes API keys",
        ROUTES,
        '_page("POST", "/console/keys", Right.MANAGE,',
        '_page("POST", "/console/keys", Right.OPERATE,',
        OWN_RIGHT,
    ),
    Mutant(
        "L14",
        "a cashier has events sent again",
        ROUTES,
        '_page("POST", DELIVERY + "/redeliver", Right.OPERATE,',
        '_page("POST", DELIVERY + "/redeliver", Right.LOOK,',
        OWN_RIGHT,
    ),
    Mutant(
        "L14",
        "what was sent to another address or for another shop is shown and sent again",
        DELIVERIES,
        "if delivery is None or (delivery.owner, delivery.endpoint) != (visit.owner, endpoint.id):",
        "if delivery is None:",
        HOOKS + "what_is_anothers_or_does_not_belong_together_is_not_there",
    ),
    Mutant(
        "L15",
        "an operator reads of payouts in the body of a webhook",
        DELIVERIES,
        "if not visit.may(SEES.get(family, Right.RECONCILE)):",
        "if False:",
        HOOKS + "a_body_is_shown_to_who_may_see_what_it_is_about",
    ),
    # Keys.
    Mutant(
        "L11",
        "a key that an admin makes is nobody's",
        KEYS,
        "        maker=visit.visitor.person,\n",
        "",
        PERSONS + "a_key_that_an_admin_makes_in_the_console_is_the_admins_own",
    ),
    Mutant(
        "L14",
        "a screen that was left open makes keys",
        KEYS,
        'the secret, this once."""\n    if not visit.visitor.is_fresh:',
        'the secret, this once."""\n    if False:',
        KEYS_MADE + "a_key_is_made_only_soon_after_a_sign_in",
    ),
    Mutant(
        "L13",
        "a form that is sent twice makes two keys",
        KEYS,
        'f"{visit.visitor.person}:{typed.nonce}"',
        "None",
        KEYS_MADE + "the_same_form_again_is_the_same_key_and_tells_no_secret",
    ),
    Mutant(
        "L13",
        "two admins' forms are one key",
        KEYS,
        'f"{visit.visitor.person}:{typed.nonce}"',
        "typed.nonce",
        KEYS_MADE + "another_admins_form_with_the_same_mark_is_another_key",
    ),
    Mutant(
        "L14",
        "the page ends the last key that makes keys and says nothing",
        KEYS,
        'if error.kind.code != "last_key":',
        'if error.kind.code == "last_key":',
        KEYS_MADE + "the_last_key_that_makes_keys_stays",
    ),
    # Webhooks.
    Mutant(
        "L12",
        "a test goes to an address that is off",
        ACTS,
        "    if endpoint.disabled is not None:\n        return (yield from _is_off(visit, endpoint))\n    delivery =",
        "    delivery =",
        HOOKS + "nothing_is_sent_to_an_address_that_is_off",
    ),
    Mutant(
        "L12",
        "what was missed is sent from another hour on than was asked for",
        ACTS,
        "at.replace(tzinfo=EAT).timestamp()",
        "at.replace(tzinfo=EAT).timestamp() + 10_800",
        HOOKS + "what_was_missed_is_sent_since_a_moment_in_nairobi",
    ),
    Mutant(
        "L12",
        "what was changed since is shown as what was sent",
        DELIVERIES,
        "same = last.sent == body_digest(body)",
        "same = True",
        HOOKS + "it_is_said_whether_just_that_was_sent",
    ),
    Mutant(
        "L12",
        "a message that never left is shown as sent",
        "flows/webhook_delivery.py",
        'sent = "" if outcome is Outcome.NOT_CONNECTED else rules.body_digest(body)',
        "sent = rules.body_digest(body)",
        "tests/unit/webhooks/test_what_was_sent.py::test_what_was_posted_is_known_by_its_digest",
    ),
    Mutant(
        "L8",
        "an address that takes nothing is called well",
        "web/webhook_health.py",
        "    if failing:\n",
        "    if False:\n",
        HEALTH + "the_api_tells_of_webhooks",
    ),
)
