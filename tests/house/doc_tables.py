"""The tables in the documents that follow from the code, and how they are kept.

A table stands between `<!-- table: name -->` and `<!-- end -->`. Of some tables every cell comes from here; of others
only the first ones, and what stands behind them is written by hand. `python -m tests.house.doc_tables` (with the
layers on PYTHONPATH) writes the whole tables anew, and reports nothing: git shows what it changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.shop_settings import CHECKS
from daraja.result_codes import RESULT, RESULT_CODES, STK, Finality, ResultCode
from gateway import wording
from gateway.aws.secrets import CREDENTIALS, KEYS, TOKEN
from gateway.domain.events import EventType
from gateway.domain.facts import KINDS, Source
from gateway.domain.reasons import REASONS, Reason, Way, Who, failure_code
from gateway.domain.statuses import ATTEMPT, FLAG, PAYMENT, Weight
from gateway.settings import SETTINGS
from gateway.web.errors import ERRORS
from gateway.web.payer_view import Screen
from gateway.web.requests import AttemptRequest, PaymentRequest
from gateway.web.routes import LIST_PARAMETERS, ROUTES, Api, Credential, Route
from local.daraja_simulator import control
from local.daraja_simulator.faults import FAULTS_OF
from local.daraja_simulator.outcomes import table as magic_numbers
from local.ports import DOORS
from tests.house.deployed import Body, functions, template, triggers
from tests.house.tree import TOP, is_listed_control_call, names_of_functions

Row = tuple[str, ...]
