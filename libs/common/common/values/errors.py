"""The one error a caller can meet. Anything else that is raised is our bug and becomes a bare 500."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from common.values.law import Article
from common.values.refusals import Language, sentence


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
    RANGE = "RANGE"
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
    Kind.RANGE: 416,
    Kind.LIMITED: 429,
    Kind.UNAVAILABLE: 503,
    Kind.NOT_BUILT: 501,
}
"""The HTTP status of each kind. Only `common.web` and `common.calls.http` use it."""


Facts = Mapping[str, Any]
"""The facts that decided, by the names that the words of the refusal use."""


@dataclass(frozen=True)
class Violation:
    """One failed guard: its code in the catalogue, the law it rests on, and the facts that decided."""

    code: str
    law: str
    facts: Facts = field(default_factory=dict)
    wording: str = ""

    def said(self, language: Language) -> str:
        return sentence(self.code, self.wording, self.facts, language)

    @property
    def detail(self) -> str:
        return self.said(Language.EN)


@dataclass(frozen=True)
class InputError:
    """One fault of the caller's input. `pointer` is a JSON pointer, or `row/column` of a table."""

    pointer: str
    code: str
    facts: Facts = field(default_factory=dict)
    wording: str = ""

    def said(self, language: Language) -> str:
        return sentence(self.code, self.wording, self.facts, language)

    @property
    def message(self) -> str:
        return self.said(Language.EN)


class Refusal(Exception):
    """A request that the law, the state or the caller's rights do not allow.

    The catalogue words it: the subject, the fact that decided, and what would be accepted. `facts` fill those words;
    they never hold personal data or the caller's input. The refusal rests on `article`.
    """

    def __init__(
        self,
        kind: Kind,
        code: str,
        facts: Facts | None = None,
        *,
        wording: str = "",
        article: Article | None = None,
        violations: tuple[Violation, ...] = (),
        errors: tuple[InputError, ...] = (),
    ) -> None:
        super().__init__(code)
        self.kind = kind
        self.code = code
        self.facts: Facts = {name: _repeatable(value) for name, value in (facts or {}).items()}
        self.wording = wording
        self.article = article
        self.violations = violations
        self.errors = errors
        self.headers: dict[str, str] = {}
        """Header fields that this refusal demands in its answer, such as Allow or Retry-After."""

    def said(self, language: Language) -> str:
        """The words of this refusal."""
        return sentence(self.code, self.wording, self.facts, language)

    @property
    def message(self) -> str:
        """The words in English, for a log."""
        return self.said(Language.EN)

    def __str__(self) -> str:
        return self.message


def _repeatable(value: Any) -> Any:
    """A fact that can be read twice: a generator is spent after the first sentence."""
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes) else value
