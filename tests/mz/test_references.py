"""A reference leads to something that the reader can open."""

from __future__ import annotations

import pytest

from mz.build.references import unreachable


@pytest.mark.parametrize(
    "line",
    ["see spec" + "/ledger.md", "as decisions" + ".md says", "in shared" + "/data", "rule §" + "4.6"],
)
def test_a_reference_outside_the_repository_is_named_by_its_line(line: str) -> None:
    assert list(unreachable(f"fine\n# {line}\nfine")) == [2]


@pytest.mark.parametrize(
    "line", ["RFC 9110 §15.5.6", "PJ §2.6", "GA/T 1400.4 §5.1", "docs/LEDGER.md", "APL 41(2)", "§ alone"]
)
def test_an_article_an_rfc_and_a_page_of_ours_are_fine(line: str) -> None:
    assert list(unreachable(line)) == []
