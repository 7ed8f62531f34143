"""A file that a person can hold in mind."""

from __future__ import annotations

from mz import ROOT

CEILING = 400
EXEMPT = {
    "libs/ledger/ledger/verify.py",  # joined from ledger/verifier for a court's expert, who gets one file
    "libs/ledger/ledger/verify.sh",  # the same for somebody who has openssl and no Python
    "sdk/python/mingzheng_partner/models.py",  # generated from the contract
    "libs/ledger/ledger/verifier/texts.py",  # the words of every record: one table
}
"""The first two repeat the ledger's arithmetic on purpose."""

PRODUCT = ("cli", "gateway", "libs", "outsiders", "sdk", "services")


def test_no_product_file_is_longer_than_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for part in PRODUCT
        for path in (ROOT / part).rglob("*")
        if path.suffix in (".py", ".sql", ".c", ".sh", ".typ", ".html")
        and "vendor" not in path.parts
        and (lines := len(path.read_text().splitlines())) > CEILING
    }

    assert set(long) == EXEMPT
