"""The one error a caller can meet. Anything else that is raised is our bug and becomes a bare 500."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from common.law import Article


class Kind(StrEnum):
    """Why a request was refused. `common.problem` alone knows the HTTP status of each."""

    MALFORMED = "MALFORMED"
    INVALID = "INVALID"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    GONE = "GONE"
    PRECONDITION = "PRECONDITION"
    PRECONDITION_REQUIRED = "PRECONDITION_REQUIRED"
    TOO_LARGE = "TOO_LARGE"
    UNSUPPORTED = "UNSUPPORTED"
    LIMITED = "LIMITED"
    UNAVAILABLE = "UNAVAILABLE"
    NOT_BUILT = "NOT_BUILT"


@dataclass(frozen=True)
class Violation:
    """One failed guard: its code in the catalogue, the law it rests on, and the fact that decided."""

    code: str
    law: str
    detail: str


@dataclass(frozen=True)
class InputError:
    """One fault of the caller's input. `pointer` is a JSON pointer, or `row/column` of a table."""

    pointer: str
    code: str
    message: str


class Refusal(Exception):
    """A request that the law, the state or the caller's rights do not allow.

    `message` names the subject, the fact that decided, and what would be accepted; it never repeats
    personal data or the caller's input. `article` is what the refusal rests on.
    """

    def __init__(
        self,
        kind: Kind,
        code: str,
        message: str,
        *,
        article: Article | None = None,
        violations: tuple[Violation, ...] = (),
        errors: tuple[InputError, ...] = (),
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.message = message
        self.article = article
        self.violations = violations
        self.errors = errors
