"""Why a command ends early: what happened, why, and what to do. Exit codes are part of the command's interface."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes. FOUND: the command did its work and found something wrong, or the payment was not paid.

    READER_GONE: as a shell tells of SIGPIPE.
    """

    DONE = 0
    FOUND = 1
    USAGE = 2
    SETTINGS = 3
    UNREACHABLE = 4
    REFUSED = 5
    READER_GONE = 141
    INTERRUPTED = 130


class Failure(Exception):
    """Ends the command. The three parts are sentences without a full stop; none holds a secret.

    problem: the API's code for it, where the API refused.
    """

    def __init__(self, code: Exit, what: str, why: str, do: str, problem: str = "") -> None:
        super().__init__(what)
        self.code = code
        self.problem = problem
        self.what = what
        self.why = why
        self.do = do

    @property
    def line(self) -> str:
        """As it is shown on stderr."""
        return f"{self.what} - {self.why} - {self.do}"
