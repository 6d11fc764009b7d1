"""Mutants of how Safaricom's words about money out are read."""

from __future__ import annotations

from tests.laws.mutant import Mutant

LAYER = "../../daraja/daraja/"
"""From the gateway's package, where the other mutants are."""
RESULTS, COMMANDS, PULL, READING = (
    f"{LAYER}{name}.py" for name in ("results", "command_answers", "pull_answers", "reading")
)
CODES, ACCOUNTS = f"{LAYER}result_codes.py", f"{LAYER}accounts.py"
UNIT = "tests/unit/daraja/"
CORPUS = "tests/corpus/test_readings.py::test_a_body_is_read_as_the_corpus_says"

DARAJA_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "L10",
        "a payout that was taken before is called a server's fault",
        COMMANDS,
        "    if row is not None and row.verdict is Known.TAKEN_BEFORE:\n",
        "    if False:\n",
        f"{UNIT}test_command_answers.py::test_an_id_that_was_seen_was_taken_whatever_the_code",
    ),
    Mutant(
        "L10",
        "a server's fault under the code of duplicates is called taken",
        COMMANDS,
        r'text=r"duplicate\s+originator\s*con?versation\s*id"',
        'codes=frozenset({"500.002.1001"})',
        f"{UNIT}test_command_answers.py::test_a_server_fault_under_the_code_of_duplicates_is_unknown",
    ),
    Mutant(
        "L10",
        "a code that proves nothing is called a refusal",
        COMMANDS,
        "    if not is_final and operator is None:\n",
        "    if False:\n",
        f"{UNIT}test_command_answers.py::test_a_response_code_that_needs_a_second_look_or_is_on_no_list_is_unknown",
    ),
    Mutant(
        "L10",
        "an internal failure ends a payout",
        CODES,
        '_out("17", "Internal failure.", _A,',
        '_out("17", "Internal failure.", _F,',
        f"{UNIT}test_tables.py::test_only_safaricoms_own_troubles_leave_a_payout_open",
    ),
    Mutant(
        "L10",
        "an acknowledgement without an id is an acknowledgement",
        COMMANDS,
        "    if conversation_id is None or len(conversation_id) > _ID_MAX:\n",
        "    if conversation_id and len(conversation_id) > _ID_MAX:\n",
        f"{UNIT}test_command_answers.py::test_an_acknowledgement_without_the_id_of_safaricom_is_unknown",
    ),
    Mutant(
        "L7",
        "a payout that failed has a receipt",
        RESULTS,
        "    if not result.is_success:\n        return None\n",
        "",
        f"{UNIT}test_results.py::test_only_a_success_has_a_receipt",
    ),
    Mutant(
        "L7",
        "more messages follow, and it is done",
        RESULTS,
        "return self.code == SUCCESS and self.is_last",
        "return self.code == SUCCESS",
        CORPUS,
    ),
    Mutant(
        "L7",
        "of two receipts one is taken",
        RESULTS,
        "    if len(receipts) > 1:\n",
        "    if len(receipts) > 2:\n",
        CORPUS,
    ),
    Mutant(
        "L7",
        "of two values one is taken",
        RESULTS,
        "        if len(set(found)) > 1:\n",
        "        if len(set(found)) > 2:\n",
        CORPUS,
    ),
    Mutant(
        "L7",
        "a status whose question failed has a state",
        RESULTS,
        "if result.is_success else None,\n        status_text",
        "if result.code else None,\n        status_text",
        CORPUS,
    ),
    Mutant(
        "L1",
        "a failure to retrieve is taken for an empty day",
        PULL,
        "return PullPage(PullOutcome.NOT_RETRIEVED,",
        "return PullPage(PullOutcome.NOTHING,",
        f"{UNIT}test_pull_answers.py::test_a_failure_to_retrieve_is_no_proof_of_nothing",
    ),
    Mutant(
        "L1",
        "rows without a receipt are not counted",
        PULL,
        "return PullPage(outcome, read_rows, len(rows),",
        "return PullPage(outcome, read_rows, len(read_rows),",
        f"{UNIT}test_pull_answers.py::test_a_row_that_cannot_be_read_is_counted_and_spoils_no_other",
    ),
    Mutant(
        "L1",
        "a long name loses a row",
        PULL,
        'mask_text(_aside(told.get("organizationname")))',
        'mask_text(reading.text(told.get("organizationname"), SHORT_MAX) or "")',
        f"{UNIT}test_client_calls.py::test_a_page_of_pull_may_be_larger_than_other_answers",
    ),
    Mutant(
        "L7",
        "a balance in no known form is guessed at",
        ACCOUNTS,
        "    if figure and number is None:\n",
        "    if figure and number is None and not figure.isalpha():\n",
        f"{UNIT}test_results.py::test_an_account_in_no_known_form_is_not_guessed_at",
    ),
    Mutant(
        "L15",
        "the recipient's number is printed",
        RESULTS,
        "    number: str | None = field(repr=False)\n",
        "    number: str | None\n",
        "tests/corpus/test_readings.py::test_no_reading_shows_a_number_when_it_is_printed",
    ),
    Mutant(
        "L15",
        "Safaricom's words are kept with the number in them",
        RESULTS,
        '    return mask_text((reading.cut(value, RESULT_TEXT_MAX) or "").strip())\n',
        '    return (reading.cut(value, RESULT_TEXT_MAX) or "").strip()\n',
        CORPUS,
    ),
    Mutant(
        "L7",
        "M-Pesa's filler is taken for a receipt",
        READING,
        "return None if not written or _FILLER_RECEIPT.fullmatch(written) else written",
        "return written or None",
        CORPUS,
    ),
)
