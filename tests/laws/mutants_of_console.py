"""Mutants of the console's pages about money: prompts from the counter, compared days, files, and who may see them."""

from __future__ import annotations

from tests.laws.mutant import Mutant

CONSOLE = "tests/unit/console/"
PAGES, PROMPTS = f"{CONSOLE}test_pages.py::test_", f"{CONSOLE}test_prompts.py::test_"
BOOKS, MONEY = f"{CONSOLE}test_days_and_exports.py::test_", f"{CONSOLE}test_assigning.py::test_"
FILES, SWAHILI = f"{CONSOLE}test_payout_files.py::test_", f"{CONSOLE}test_swahili.py::test_"
ROUTES, FORM, SENDS = "web/console_routes.py", "web/console/prompt_form.py", "web/console/prompting.py"
DAYS, EXPORTS, CSV = "web/console/days.py", "web/console/exports.py", "web/reconciliation_csv.py"
OWN_RIGHT = PAGES + "money_and_books_are_for_those_who_answer_for_them"
NOT_A_DAY = BOOKS + "a_day_that_is_none_or_has_not_begun_is_not_there"
NOT_A_PERIOD = BOOKS + "a_period_that_is_none_is_said_at_its_field"
BOTH_ENDS = BOOKS + "a_file_of_several_days_has_the_first_and_the_last"

CONSOLE_MUTANTS: tuple[Mutant, ...] = (
    # Who may.
    Mutant(
        "L14",
        "a cashier may carry the payments away as a file",
        ROUTES,
        '_page("GET", "/console/exports/payments.csv", Right.RECONCILE,',
        '_page("GET", "/console/exports/payments.csv", Right.LOOK,',
        OWN_RIGHT,
    ),
    Mutant(
        "L14",
        "a cashier may have a day compared",
        ROUTES,
        '_page("POST", "/console/reconciliation/{day}/compare", Right.RECONCILE,',
        '_page("POST", "/console/reconciliation/{day}/compare", Right.WORK,',
        OWN_RIGHT,
    ),
    Mutant(
        "L14",
        "who may ask for payouts may approve a file of them",
        ROUTES,
        '_page("POST", "/console/payouts/files/{file}/approve", Right.APPROVE,',
        '_page("POST", "/console/payouts/files/{file}/approve", Right.ASK_PAYOUT,',
        OWN_RIGHT,
    ),
    Mutant(
        "L14",
        "another request goes out for a payment of another shop",
        SENDS,
        "if found is None or found[0].asked.owner != visit.owner:",
        "if found is None:",
        PROMPTS + "a_payment_of_another_shop_is_prompted_by_nobody_here",
    ),
    # A request from the counter.
    Mutant(
        "L7",
        "the counter asks to pay at the first Paybill, whatever was chosen",
        FORM,
        "return shop.shortcode(number) if number else shop.shortcodes[0]",
        "return shop.shortcodes[0]",
        PROMPTS + "the_customer_is_asked_to_pay_where_the_cashier_chose",
    ),
    Mutant(
        "L7",
        "a number that is the shop's no more becomes its first one",
        FORM,
        "return shop.shortcode(number) if number else shop.shortcodes[0]",
        "return shop.shortcode(number) or shop.shortcodes[0]",
        PROMPTS + "what_is_wrong_is_said_and_nothing_is_sent",
    ),
    Mutant(
        "L7",
        "the shop's own limit does not hold at the counter",
        FORM,
        "if not 1 <= amount_kes <= most:",
        "if not 1 <= amount_kes:",
        PROMPTS + "the_shops_own_limit_holds_at_the_counter",
    ),
    Mutant(
        "L13",
        "a form that is sent twice prompts twice",
        SENDS,
        '"console", f"{person}:{nonce}")',
        '"console", f"{person}:{__import__(\'os\').urandom(9).hex()}")',
        PROMPTS + "a_form_that_is_sent_twice_prompts_once",
    ),
    Mutant(
        "L13",
        "a form that is sent again with another amount is told as sent",
        SENDS,
        "if started.record.asked.fingerprint != asked.fingerprint:",
        "if False:",
        PROMPTS + "a_form_that_is_sent_again_with_another_amount_sends_nothing",
    ),
    # Compared days.
    Mutant(
        "L16",
        "a number shows the days of another one",
        DAYS,
        "found = next((one for one in codes if number in (None, one.number)), None)",
        "found = next(iter(codes), None)",
        BOOKS + "each_number_has_days_of_its_own",
    ),
    Mutant(
        "L16",
        "a day that has not begun is compared",
        DAYS,
        " or text > day_of(visit.now_ms):",
        ":",
        NOT_A_DAY,
    ),
    Mutant(
        "L16",
        "a month offers days that have not begun",
        DAYS,
        "if day.startswith(month) and day <= today]",
        "if day.startswith(month)]",
        BOOKS + "a_month_ends_with_today",
    ),
    Mutant(
        "L16",
        "a difference does not show which side has less",
        DAYS,
        'sign="−" if kes < 0 else ""',
        'sign=""',
        BOOKS + "a_difference_shows_which_side_has_less",
    ),
    Mutant(
        "L16",
        "a Till without a list is compared, and all of it differs",
        DAYS,
        "if not shortcode.pull and not (yield from has_a_list(visit.owner, shortcode)):",
        "if not (yield from has_a_list(visit.owner, shortcode)) and False:",
        BOOKS + "a_till_without_a_list_is_not_compared_and_says_why",
    ),
    # Files.
    Mutant(
        "L15",
        "a file of payments holds whole numbers",
        EXPORTS,
        "mask_phone(last.phone) if last else None,",
        "last.phone if last else None,",
        BOOKS + "a_file_holds_the_days_payments_and_no_whole_number",
    ),
    Mutant(
        "L15",
        "nobody is told who fetched a file",
        EXPORTS,
        'yield from call(Ambient.report, "payments_exported", fields)',
        "yield from ()",
        BOOKS + "who_fetched_a_file_is_reported",
    ),
    Mutant(
        "L14",
        "a file of payments runs in a spreadsheet",
        EXPORTS,
        "[harmless(cell) for cell in _row(record)]",
        "list(_row(record))",
        BOOKS + "what_a_spreadsheet_would_run_is_only_text",
    ),
    Mutant(
        "L14",
        "a file of differences runs in a spreadsheet",
        CSV,
        "[harmless(cell) for cell in row]",
        "list(row)",
        BOOKS + "what_is_typed_by_payers_is_only_text_in_the_days_file",
    ),
    Mutant(
        "L16",
        "a file leaves out its last day",
        EXPORTS,
        "range((last - first).days + 1)",
        "range((last - first).days)",
        BOTH_ENDS,
    ),
    Mutant(
        "L16",
        "a file of a month with 31 days is refused",
        EXPORTS,
        "<= last - first < timedelta(days=DAYS_MAX)",
        "<= last - first < timedelta(days=DAYS_MAX - 1)",
        BOTH_ENDS,
    ),
    Mutant(
        "L16",
        "a file may have a day too many",
        EXPORTS,
        "<= last - first < timedelta(days=DAYS_MAX)",
        "<= last - first <= timedelta(days=DAYS_MAX)",
        NOT_A_PERIOD,
    ),
    Mutant(
        "L16",
        "a file may end on a day that has not begun",
        EXPORTS,
        " or period[1] > day_of(visit.now_ms):",
        ":",
        NOT_A_PERIOD,
    ),
    Mutant(
        "L16",
        "a file is cut short in silence",
        EXPORTS,
        "if len(records) > ROWS_MAX:",
        "if False:",
        BOOKS + "a_file_is_never_cut_short_in_silence",
    ),
    # Lists, lines and words.
    Mutant(
        "L1",
        "of the money that waits, only the newest page can be seen",
        "web/console/unmatched.py",
        "m=_older(visit, older) if older else NOTHING,",
        "m=NOTHING,",
        MONEY + "each_sum_stands_on_one_page_of_the_list",
    ),
    Mutant(
        "L11",
        "a line of a payout file is named by another number than in the file",
        "domain/money_out/files.py",
        "return self.numbers[place - 1] if self.numbers else place + 1",
        "return self.numbers[place - 1] if self.numbers else place",
        FILES + "what_changes_between_look_and_press_is_left_out",
    ),
    Mutant(
        "L4",
        "in Swahili, a result that ends nothing is told as M-PESA's no",
        "web/console/evidence_in_swahili.py",
        "if row.meaning is Meaning.STILL_PROCESSING:",
        "if False:",
        SWAHILI + "a_result_is_told_by_its_cause",
    ),
)
