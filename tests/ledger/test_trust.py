"""c2sp.org/tlog-policy and c2sp.org/tlog-cosignature: which texts are accepted, and which cosignatures are enough."""

from __future__ import annotations

import base64
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.checkpoint import Checkpoint
from ledger.cosigning import CosignatureKey
from ledger.notes import Signature, Verifier
from ledger.trust import Cosigner, Policy, cosignature_time
from tests.ledger.given import LOG, ORIGIN, note_key

NAMES = ("X1", "X2", "X3", "Y1", "Y2", "Y3")
KEYS = {
    name: CosignatureKey(f"{name}.example/w", Ed25519PrivateKey.from_private_bytes(bytes([n + 50]) * 32))
    for n, name in enumerate(NAMES)
}
W = {name: f"witness {name} {key.cosigner.vkey}" for name, key in KEYS.items()}
EXAMPLE = f"""
# the two-level example of the specification
log {LOG.vkey}

{W["X1"]}
  {W["X2"]}\t
{W["X3"]} https://x3.example/prefix/
group\tX-witnesses 2 X1 X2  X3
{W["Y1"]}
{W["Y2"]}
{W["Y3"]}
group Y-witnesses any Y1 Y2 Y3
group X-and-Y all X-witnesses Y-witnesses
\t# a comment
quorum X-and-Y
"""
TEXT = Checkpoint(ORIGIN, 20_852_163, bytes(range(32))).text()
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def line(name: str, *, text: bytes = TEXT, at: datetime = NOON) -> str:
    return KEYS[name].line(text, int(at.timestamp())).decode()


def test_the_example_asks_for_two_of_x_and_one_of_y() -> None:
    policy = Policy.parse(EXAMPLE)

    for count in range(len(NAMES) + 1):
        for names in itertools.combinations(NAMES, count):
            enough = len({"X1", "X2", "X3"} & {*names}) >= 2 and bool({"Y1", "Y2", "Y3"} & {*names})
            assert policy.quorum({*names}) is enough
    assert policy.logs == (LOG.verifier,)
    assert (policy.witnesses["X1"].url, policy.witnesses["X3"].url) == (None, "https://x3.example/prefix")


def test_a_policy_without_witnesses_is_met_by_nobody_and_vouches_for_nothing() -> None:
    policy = Policy.parse("quorum none\n")

    assert policy.quorum(frozenset())
    assert policy.witnessed_at([]) is None


def test_names_are_bytes_and_a_kelvin_sign_is_no_k() -> None:
    policy = Policy.parse(
        f"{W['X1'].replace('X1 ', 'K ')}\n{W['X2'].replace('X2 ', chr(0x212A) + ' ')}\nquorum K\n"
    )

    assert not policy.quorum({chr(0x212A)})
    assert Policy.parse(b"# \xff\xfe\nquorum none\n").root is None


def renamed(name: str, to: str) -> str:
    vkey = Cosigner(to, KEYS[name].cosigner.public).vkey
    return f"witness {to} {vkey}"


REFUSED = {
    "no-quorum": W["X1"],
    "two-quorums": "quorum none\nquorum none",
    "quorum-before-its-name": f"quorum X1\n{W['X1']}",
    "quorum-of-nobody": "quorum X9",
    "group-of-nobody": f"group G any X1\n{W['X1']}\nquorum G",
    "group-without-members": f"{W['X1']}\ngroup G any\nquorum G",
    "none-as-a-member": f"{W['X1']}\ngroup G any none X1\nquorum G",
    "none-as-a-name": f"{W['X1'].replace('X1 ', 'none ')}\nquorum none",
    "a-member-of-two-groups": f"{W['X1']}\n{W['X2']}\ngroup G any X1\ngroup H any X1 X2\nquorum H",
    "a-member-twice": f"{W['X1']}\ngroup G all X1 X1\nquorum G",
    "a-name-twice": f"{W['X1']}\n{W['X2'].replace('X2 ', 'X1 ')}\nquorum X1",
    "a-witness-key-twice": f"{W['X1']}\n{renamed('X1', 'again')}\nquorum X1",
    "a-log-key-twice": f"log {LOG.vkey}\nlog {note_key('other.example/log', 1).vkey}\nquorum none",
    "zero-of-one": f"{W['X1']}\ngroup G 0 X1\nquorum G",
    "two-of-one": f"{W['X1']}\ngroup G 2 X1\nquorum G",
    "leading-zero": f"{W['X1']}\ngroup G 01 X1\nquorum G",
    "a-log-key-as-a-witness": f"witness X1 {LOG.vkey}\nquorum X1",
    "a-witness-key-as-a-log": f"log {KEYS['X1'].cosigner.vkey}\nquorum none",
    "another-key-id": f"witness X1 {KEYS['X1'].cosigner.vkey.replace('+', '+0', 1)}\nquorum X1",
    "too-many-words": f"{W['X1']} https://x.example more\nquorum X1",
    "an-unknown-line": "verify everything\nquorum none",
    "carriage-return": "quorum none\r",
    "a-control-character": "# \x00\nquorum none",
    "delete": "# \x7f\nquorum none",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_a_text_that_the_format_forbids_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"policy|word"):
        Policy.parse(text + "\n")


def test_a_policy_that_was_cut_off_is_refused() -> None:
    with pytest.raises(ValueError, match="newline"):
        Policy.parse(EXAMPLE.removesuffix("\n"))


@given(st.binary(max_size=200) | st.text(alphabet="logwitnesgrup 12\n\t#+none", max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_text_breaks_the_policy_parser(text: bytes | str) -> None:
    try:
        policy = Policy.parse(text)
    except ValueError:
        return
    assert policy.root is None or policy.root in policy.witnesses or policy.root in policy.groups


def test_only_witnesses_that_cosigned_are_named() -> None:
    policy = Policy.parse(EXAMPLE)
    other = Checkpoint(ORIGIN, 20_852_164, bytes(32)).text()
    lines = [
        line("X1"),
        line("X2", text=other),
        line("Y1").rstrip("\n"),
        "nonsense",
        "— x AAAA\n",
        LOG.line(TEXT).decode(),
    ]

    assert policy.met(lines, TEXT) == {"X1", "Y1"}


def test_a_line_under_another_name_or_with_another_time_counts_for_nobody() -> None:
    policy = Policy.parse(EXAMPLE)
    name, _, encoded = line("X1").removeprefix("— ").strip().partition(" ")
    raw = base64.b64decode(encoded)
    later = base64.b64encode(raw[:11] + bytes([raw[11] ^ 1]) + raw[12:]).decode()

    assert policy.met([f"— {name} {later}\n", f"— other.example {encoded}\n"], TEXT) == frozenset()


def test_of_several_lines_of_one_witness_the_newest_that_verifies_counts() -> None:
    policy = Policy.parse(EXAMPLE)
    times = [NOON, NOON + timedelta(hours=2), NOON + timedelta(hours=1)]
    forged = line("X1", text=b"other\n1\nAAAA\n", at=NOON + timedelta(days=1))

    cosignatures = policy.cosignatures([forged, *(line("X1", at=at) for at in times)], TEXT)

    assert cosignatures["X1"].at == NOON + timedelta(hours=2)
    assert cosignature_time(cosignatures["X1"].line) == cosignatures["X1"].at


def test_the_time_of_a_quorum_is_that_of_the_last_signature_it_needs() -> None:
    policy = Policy.parse(EXAMPLE)
    hours = {"X1": 9, "X2": 3, "X3": 5, "Y1": 1, "Y2": 4}
    lines = [line(name, at=NOON + timedelta(hours=h)) for name, h in hours.items()]

    at = policy.witnessed_at(policy.cosignatures(lines, TEXT).values())

    assert at == NOON + timedelta(hours=4), "X1 at 9, X3 at 5, Y2 at 4"


def test_the_message_is_that_of_the_specification() -> None:
    """cosignature/v1, the time, the whole text: this test signs it without the code under test."""
    private = Ed25519PrivateKey.from_private_bytes(bytes([50]) * 32)
    text = b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    value = (1_679_315_147).to_bytes(8, "big") + private.sign(b"cosignature/v1\ntime 1679315147\n" + text)
    cosigner = KEYS["X1"].cosigner

    assert cosigner.verifies(text, Signature(cosigner.name, cosigner.key_id, value))
    assert not cosigner.verifies(text + b"more\n", Signature(cosigner.name, cosigner.key_id, value))


def test_a_cosigner_is_not_a_note_key_of_the_same_bytes() -> None:
    cosigner = KEYS["X1"].cosigner
    plain = Verifier(cosigner.name, cosigner.public)

    assert cosigner.key_id != plain.key_id
    assert Cosigner.parse(cosigner.vkey) == cosigner
    with pytest.raises(ValueError, match="0x04 or 0x06"):
        Cosigner.parse(plain.vkey)
