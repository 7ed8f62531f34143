"""What the Python client checks by itself: signatures of keys, receipts, hints."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver
from hypothesis import given
from hypothesis import strategies as st

from common.calls.jwk import public_jwk, read_token
from common.calls.webhooks import new_secret, signed
from ledger.checkpoint import Checkpoint
from ledger.clock import real_time
from ledger.entry import make_entry, micros_of
from ledger.keyfiles import NoteKey
from ledger.merkle import CompactRange, inclusion_path, leaf_hash, resolve, subtree_root
from ledger.proofs import tlog_proof
from mingzheng_partner import (
    HintNotVerified,
    PrivateKey,
    ReceiptNotVerified,
    challenge_of,
    receipts,
    verified_hint,
)
from mingzheng_partner.keys import unb64url
from mingzheng_partner.signing import Call, digest_field, present, sign
from tests.sdk.platform import base_of

KEYS = [
    PrivateKey.generate("k1"),
    PrivateKey("k2", ec.generate_private_key(ec.SECP256R1())),
    PrivateKey("k3", rsa.generate_private_key(65537, 2048)),
]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.jose)
def test_a_key_of_each_kind_signs_as_the_platform_reads_it(key: PrivateKey) -> None:
    published = public_jwk(key.jwk | {"kid": key.kid})
    call = Call(
        "POST", "https://a.test/v1/x?q=1", httpx.Headers({"content-digest": digest_field(b"{}")}), b"{}"
    )

    sign(call, key, components=present(call), at=real_time())

    keys = MappingKeyResolver(public_keys={key.kid: published.public}, private_keys={})
    verifier = HTTPMessageVerifier(signature_algorithm=key.algorithm, key_resolver=keys)
    (result,) = verifier.verify(call, expect_tag="mingzheng-req-v1", require_components=present(call))
    assert (result.label, len(result.nonce or "")) == ("partner", 32)
    assert read_token(key.token({"typ": "dpop+jwt"}, {"a": 1})).is_signed_by(published)
    assert PrivateKey("k", key.private).possession("message\n")


def test_the_base_is_that_of_rfc_9421() -> None:
    """B.2.6 of the RFC: its key, its request, its signature. The base here is the one that the tests write by hand."""
    d = unb64url("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU")
    key = PrivateKey("test-key-ed25519", Ed25519PrivateKey.from_private_bytes(d))
    inner = '("date" "@method" "@path" "@authority" "content-type" "content-length")'
    inner += ';created=1618884473;keyid="test-key-ed25519"'
    headers = {
        "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "content-type": "application/json",
        "content-length": "18",
        "signature-input": inner,
    }
    request = httpx.Request("POST", "https://exchange.test/foo?param=Value&Pet=dog", headers=headers)

    base = base_of(request).replace("exchange.test", "example.com")

    wanted = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    assert base64.b64encode(key.sign(base.encode())).decode() == wanted


def test_another_kind_of_key_is_refused() -> None:
    with pytest.raises(ValueError, match="Ed25519, P-256"):
        PrivateKey("k", ec.generate_private_key(ec.SECP384R1()))


def proof_of(index: int, leaves: list[bytes]) -> list[bytes]:
    """The inclusion proof by the ledger's own arithmetic."""
    return resolve(
        inclusion_path(index, len(leaves)),
        lambda node: subtree_root(leaves[node[1] << node[0] : (node[1] + 1) << node[0]]),
    )


def tree_root(leaves: list[bytes]) -> bytes:
    grown = CompactRange()
    for leaf in leaves:
        grown.append(leaf)
    return grown.root()


@given(st.integers(1, 40).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_a_proof_of_the_ledger_leads_to_its_root_and_no_other_does(place: tuple[int, int]) -> None:
    size, index = place
    leaves = [leaf_hash(bytes([n])) for n in range(size)]
    path = proof_of(index, leaves)

    assert receipts.root_of(leaves[index], index, size, path) == tree_root(leaves)
    assert receipts.root_of(leaves[index], index, size, [*path, leaves[0]]) is None
    assert receipts.root_of(leaf_hash(b"other"), index, size, path) != tree_root(leaves)
    if path:
        assert receipts.root_of(leaves[index], index, size, path[:-1]) is None


LOG = NoteKey("ledger.test/2026", Ed25519PrivateKey.generate())
RECORD = "00000000-0000-0000-0000-000000000007"


def a_receipt(index: int = 2, size: int = 5, key: NoteKey = LOG) -> dict[str, Any]:
    """The receipt of `RECORD` in a small log."""
    record = json.dumps({"id": RECORD, "type": "exchange.refused", "data": {}})
    note = f"{record}\n\n— svc AAAA\n".encode()
    entry = make_entry(index, micros_of(real_time()), bytes(32), note)
    leaves = [leaf_hash(bytes([n])) for n in range(size)]
    leaves[index] = leaf_hash(entry)
    checkpoint = Checkpoint(LOG.name, size, tree_root(leaves)).signed(key)
    return {
        "record_id": RECORD,
        "receipt": "assistance.refused",
        "record_type": "exchange.refused",
        "index": index,
        "leaf_hash": leaves[index].hex(),
        "entry": base64.b64encode(entry).decode(),
        "proof": tlog_proof(index, proof_of(index, leaves), checkpoint).decode(),
    }


def verified(view: dict[str, Any], record_id: str = RECORD) -> receipts.Receipt:
    return receipts.verified(view, record_id=record_id, log_keys=[LOG.vkey])  # type: ignore[arg-type]


def test_a_receipt_proves_its_record() -> None:
    receipt = verified(a_receipt())

    assert (receipt.name, receipt.index, receipt.size) == ("assistance.refused", 2, 5)
    assert (receipt.record["id"], receipt.origin) == (RECORD, LOG.name)


def test_a_receipt_that_was_altered_proves_nothing() -> None:
    good, other = a_receipt(), a_receipt(3)
    stranger = NoteKey(LOG.name, Ed25519PrivateKey.generate())
    altered = [
        good | {"entry": other["entry"]},
        good | {"entry": other["entry"], "leaf_hash": other["leaf_hash"]},
        good | {"proof": other["proof"]},
        good | {"index": 3},
        good | {"record_type": "exchange.accepted"},
        good | {"proof": good["proof"].replace("index 2", "index 4"), "index": 4},
        good | {"proof": "c2sp.org/tlog-proof@v1"},
        a_receipt(key=stranger),
    ]

    for view in altered:
        with pytest.raises(ReceiptNotVerified):
            verified(view)
    with pytest.raises(ReceiptNotVerified, match="another record"):
        verified(good, "00000000-0000-0000-0000-000000000008")


def test_a_hint_is_read_with_the_old_secret_and_the_new_one() -> None:
    old, new, at = new_secret(), new_secret(), real_time()
    body = json.dumps({"id": "evt-1", "type": "cn.mingzheng.exchange.refused.v1"}).encode()
    now = at.timestamp()

    both = signed("evt-1", at, body, [old, new])
    for secrets in ([old], [new], [old, new]):
        assert verified_hint(both, body, secrets, now=now)["id"] == "evt-1"
    assert verified_hint({k.title(): v for k, v in both.items()}, body, [new])["id"] == "evt-1"
    faulty = [
        (signed("evt-1", at, body, [old]), body, now),
        (both, body + b" ", now),
        (both, body, now + 301),
        (both | {"webhook-id": "evt-2"}, body, now),
        (signed("evt-2", at, body, [new]), body, now),
        (both | {"webhook-signature": "v1a,AAAA v1,%%"}, body, now),
        ({}, body, now),
    ]
    for headers, received, when in faulty:
        with pytest.raises(HintNotVerified):
            verified_hint(headers, received, [new], now=when)


def test_the_challenge_of_a_new_address_is_told_from_an_event() -> None:
    challenge = b'{"type": "cn.mingzheng.webhook.challenge.v1", "challenge": "abc"}'

    assert (challenge_of(challenge), challenge_of(b'{"type": "x"}')) == ("abc", None)
