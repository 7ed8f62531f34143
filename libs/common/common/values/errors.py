"""The one error a caller can meet. Anything else that is raised is our bug and becomes a bare 500."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from common.values.law import Article


class Kind(StrEnum):
    """Why a request was refused. `STATUS` names the HTTP status of each."""

    MALFORMED = "MALFORMED"
    INVALID = "INVALID"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    METHOD = "METHOD"
    CONFLICT = "CONFLICT"
    GONE = "GONE"
    PRECONDITION = "PRECONDITION"
    PRECONDITION_REQUIRED = "PRECONDITION_REQUIRED"
    TOO_LARGE = "TOO_LARGE"
    UNSUPPORTED = "UNSUPPORTED"
    LIMITED = "LIMITED"
    UNAVAILABLE = "UNAVAILABLE"
    NOT_BUILT = "NOT_BUILT"


STATUS: Final[dict[Kind, int]] = {
    Kind.MALFORMED: 400,
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.METHOD: 405,
    Kind.CONFLICT: 409,
    Kind.GONE: 410,
    Kind.PRECONDITION: 412,
    Kind.PRECONDITION_REQUIRED: 428,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED: 415,
    Kind.LIMITED: 429,
    Kind.UNAVAILABLE: 503,
    Kind.NOT_BUILT: 501,
}
"""The HTTP status of each kind. Only `common.web.problem` and `common.calls.http` use it."""


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
        self.headers: dict[str, str] = {}
        """Header fields that this refusal demands in its answer, such as Allow or Retry-After."""
