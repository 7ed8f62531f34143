"""The verdict and the steps that lead to it.

FORGED        A step found a contradiction.
NOT_VERIFIED  A demanded step could not be made, or nothing was there to check.
VERIFIED      Every demanded step was made at least once and held.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

FORGED, NOT_VERIFIED, VERIFIED = "FORGED", "NOT_VERIFIED", "VERIFIED"
CHINESE = {FORGED: "已被改动或伪造", NOT_VERIFIED: "未能核验", VERIFIED: "核验通过"}

UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
"""Control characters, ends of lines, marks of direction or of no width, and halves of characters."""


def visible(text: str) -> str:
    """`text` in one line. A text of the bundle writes no line of its own, and no command to the terminal."""
    return UNSEEN.sub(lambda mark: mark[0].encode("unicode_escape").decode(), text)


class Fault(ValueError):
    """A check failed. The message says why, in Chinese, because the report prints it."""


@dataclass
class Step:
    """One kind of check.

    `count` is how often it was made. `forged` lists the failures, `open` the checks that could not be made,
    `found` the facts worth printing. Only a `demanded` step holds up the verdict VERIFIED.
    """

    name: str
    demanded: bool = True
    count: int = 0
    forged: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)

    def check(self, holds: bool, fault: str) -> bool:
        """Count one check; if it does not hold, `fault` says why."""
        self.count += 1
        if not holds:
            self.forged.append(fault)
        return holds

    @contextmanager
    def about(self, what: str) -> Iterator[None]:
        """Count one check. Any fault of form or value inside the block is a failure of `what`."""
        self.count += 1
        try:
            yield
        except Fault as fault:
            self.forged.append(f"{what}:{fault}")
        except KeyError as error:
            self.forged.append(f"{what}:缺少 {str(error.args[0])[:100]}")
        except (ValueError, TypeError, AttributeError, IndexError, RecursionError, OverflowError) as error:
            self.forged.append(f"{what}:内容的格式不对({type(error).__name__})")

    @property
    def verdict(self) -> str:
        if self.forged:
            return FORGED
        return NOT_VERIFIED if self.open or not self.count else VERIFIED


@dataclass
class Report:
    """Every step in order, the verdict over them, and the keys inside for comparison with the published ones.

    Three lists change no verdict: commitments that stay `closed`, references that are `not_included`, and content that
    was `not_checked`.
    """

    steps: list[Step] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    not_included: list[str] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)

    def step(self, name: str, *, demanded: bool = True) -> Step:
        """Begin a step; its name is Chinese, a blank, and one English word."""
        self.steps.append(Step(name, demanded))
        return self.steps[-1]

    @property
    def verdict(self) -> str:
        verdicts = {step.verdict for step in self.steps if step.demanded}
        if FORGED in {step.verdict for step in self.steps}:
            return FORGED
        return VERIFIED if verdicts == {VERIFIED} else NOT_VERIFIED

    def named(self, verdict: str) -> list[str]:
        """The Chinese names of the steps that have this verdict."""
        return [step.name.split()[0] for step in self.steps if step.verdict == verdict]

    def lines(self) -> list[str]:
        """The report in Chinese: the verdict and the steps it rests on, then one line per step, failure and fact."""
        sign = {FORGED: "✗", NOT_VERIFIED: "○", VERIFIED: "✓"}
        lines = [f"核验结论:{CHINESE[self.verdict]} ({self.verdict})"]
        for verdict, title in ((FORGED, "不符"), (VERIFIED, "已核验"), (NOT_VERIFIED, "未核验")):
            lines += [f" {title}:{'、'.join(names)}"] if (names := self.named(verdict)) else []
        for step in self.steps:
            what = "没有可核验的内容" if not step.count and not step.open else CHINESE[step.verdict]
            lines.append(f" {sign[step.verdict]} {step.name}:{what},{step.count} 项")
            lines += [f"     ✗ {fault}" for fault in step.forged[:20]]
            lines += [f"     ○ {why}" for why in step.open[:20]]
            lines += [f"     · {what}" for what in step.found[:20]]
        for title, items in (
            ("未披露", self.closed),
            ("未包括", self.not_included),
            ("没有核验", self.not_checked),
        ):
            lines += [f" {title}({len(items)} 项):"] if items else []
            # What was not checked is never cut: else whoever made the bundle could push the fixed lines off its end.
            lines += [f"     - {item}" for item in (items if items is self.not_checked else items[:20])]
        return [visible(line) for line in (*lines, *(f" 公钥 {key}" for key in self.keys))]
