"""The exit code of the verifier tells a verdict from a fault of its own."""

from __future__ import annotations

import pytest

from ledger.verifier.command import BROKEN, main
from tests.ledger.given import ROOT


def test_a_fault_of_the_program_itself_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    # No command line can hold this path: the system refuses it with an error that no reader of archives awaits.
    code = main(["a\0bundle.zip", "--key", ROOT.vkey])

    said = capsys.readouterr()
    assert (code, said.out) == (BROKEN, "")
    assert said.err == ("核验程序自身出错,没有结论 · the verifier failed, this is no verdict: ValueError\n")
