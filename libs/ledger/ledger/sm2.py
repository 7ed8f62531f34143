"""SM2 keys and signatures with SM3 (GB/T 32918.2, GB/T 32905), through OpenSSL's libcrypto.

    vkey             <name>+<id, hex>+<base64(0xff || "SM2-SM3" || 04 || x || y)>
    signature line   — <name> <base64(id || r || s)>          64 bytes, signer id 1234567812345678
    key file         PKCS #8 PEM as `openssl genpkey -algorithm SM2` writes it, mode 0600

ctypes calls the library and lets other threads run meanwhile; a signature takes a millisecond. The key lies in a
file. For a key in an HSM (GB/T 39786 asks for one) implement `ledger.keyfiles.PrivateKey` over its interface.
"""

from __future__ import annotations

import base64
import ctypes
import ctypes.util
import weakref
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_ubyte, c_void_p
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, Self

from ledger.keyfiles import NoteKey, create_durably, read_private
from ledger.notes import Verifier

SIGNER_ID: Final = b"1234567812345678"

_ORDER_BYTES: Final = 32
_SPKI: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
"""SubjectPublicKeyInfo of a point on sm2p256v1, up to its 65 bytes."""
_HEAD, _TAIL = "-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----\n"
_VOID: Final = c_void_p
_PROTOTYPES: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "ERR_clear_error": (None, ()),
    "EVP_sm3": (_VOID, ()),
    "EVP_PKEY_CTX_new_from_name": (_VOID, (_VOID, c_char_p, c_char_p)),
    "EVP_PKEY_keygen_init": (c_int, (_VOID,)),
    "EVP_PKEY_generate": (c_int, (_VOID, POINTER(_VOID))),
    "EVP_PKEY_CTX_new": (_VOID, (_VOID, _VOID)),
    "EVP_PKEY_CTX_set1_id": (c_int, (_VOID, c_char_p, c_int)),
    "EVP_PKEY_CTX_free": (None, (_VOID,)),
    "EVP_PKEY_is_a": (c_int, (_VOID, c_char_p)),
    "EVP_PKEY_free": (None, (_VOID,)),
    "EVP_PKEY2PKCS8": (_VOID, (_VOID,)),
    "PKCS8_PRIV_KEY_INFO_free": (None, (_VOID,)),
    "i2d_PKCS8_PRIV_KEY_INFO": (c_int, (_VOID, POINTER(POINTER(c_ubyte)))),
    "i2d_PUBKEY": (c_int, (_VOID, POINTER(POINTER(c_ubyte)))),
    "d2i_PUBKEY": (_VOID, (_VOID, POINTER(c_char_p), ctypes.c_long)),
    "d2i_AutoPrivateKey": (_VOID, (_VOID, POINTER(c_char_p), ctypes.c_long)),
    "CRYPTO_free": (None, (_VOID, c_char_p, c_int)),
    "EVP_MD_CTX_new": (_VOID, ()),
    "EVP_MD_CTX_free": (None, (_VOID,)),
    "EVP_MD_CTX_set_pkey_ctx": (None, (_VOID, _VOID)),
    "EVP_DigestSignInit": (c_int, (_VOID, _VOID, _VOID, _VOID, _VOID)),
    "EVP_DigestSign": (c_int, (_VOID, c_char_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "EVP_DigestVerifyInit": (c_int, (_VOID, _VOID, _VOID, _VOID, _VOID)),
    "EVP_DigestVerify": (c_int, (_VOID, c_char_p, c_size_t, c_char_p, c_size_t)),
}


class Sm2Unavailable(RuntimeError):
    """This machine's libcrypto has no SM2: the suite sm3-sm2 cannot be used here."""


@cache
def _libcrypto() -> Any:
    name = ctypes.util.find_library("crypto") or "libcrypto.so.3"
    try:
        library = ctypes.CDLL(name)
        for function, (result, arguments) in _PROTOTYPES.items():
            entry = getattr(library, function)
            entry.restype, entry.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise Sm2Unavailable(f"couldn't use {name} for SM2: OpenSSL 3 is needed ({error})") from None
    probe = library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
    if not probe or not library.EVP_sm3():
        library.ERR_clear_error()
        raise Sm2Unavailable(f"couldn't use {name} for SM2: it was built without SM2 or SM3")
    library.EVP_PKEY_CTX_free(probe)
    return library


class _Key:
    """An EVP_PKEY that this object owns and frees."""

    def __init__(self, pointer: int) -> None:
        self.pointer = pointer
        weakref.finalize(self, _libcrypto().EVP_PKEY_free, pointer)

    @classmethod
    def read(cls, function: str, der: bytes) -> Self:
        library = _libcrypto()
        pointer = getattr(library, function)(None, byref(c_char_p(der)), len(der))
        library.ERR_clear_error()
        if not pointer:
            raise ValueError("this is no SM2 key")
        key = cls(pointer)
        if library.EVP_PKEY_is_a(pointer, b"SM2") != 1:
            raise ValueError("this key is not of the curve of SM2")
        return key

    def written(self, function: str, pointer: int) -> bytes:
        """The DER that the i2d `function` writes of `pointer`."""
        library, out = _libcrypto(), POINTER(c_ubyte)()
        length = getattr(library, function)(pointer, byref(out))
        if length <= 0:
            raise ValueError("libcrypto couldn't write this key")
        try:
            return bytes(out[:length])
        finally:
            library.CRYPTO_free(out, b"", 0)


class _Digesting:
    """The EVP contexts of one operation, with the signer's identity set; freed on exit."""

    def __init__(self, key: _Key, signer: bytes) -> None:
        self.library = _libcrypto()
        self._key = key
        self._signer = signer

    def __enter__(self) -> int:
        library = self.library
        self._of_key = library.EVP_PKEY_CTX_new(self._key.pointer, None)
        self._digest = library.EVP_MD_CTX_new()
        if library.EVP_PKEY_CTX_set1_id(self._of_key, self._signer, len(self._signer)) != 1:
            raise Sm2Unavailable("couldn't set the signer id of SM2")
        library.EVP_MD_CTX_set_pkey_ctx(self._digest, self._of_key)
        return int(self._digest)

    def __exit__(self, *_: object) -> None:
        self.library.EVP_MD_CTX_free(self._digest)
        self.library.EVP_PKEY_CTX_free(self._of_key)
        self.library.ERR_clear_error()


class Sm2PrivateKey:
    """A private SM2 key in this process. `sign` returns 64 bytes r || s; any thread may call it."""

    def __init__(self, key: _Key) -> None:
        self._key = key

    @classmethod
    def generate(cls) -> Self:
        library, pointer = _libcrypto(), c_void_p()
        context = library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
        try:
            if (
                library.EVP_PKEY_keygen_init(context) != 1
                or library.EVP_PKEY_generate(context, byref(pointer)) != 1
            ):
                raise Sm2Unavailable("couldn't make an SM2 key")
        finally:
            library.EVP_PKEY_CTX_free(context)
        assert pointer.value is not None
        return cls(_Key(pointer.value))

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """The key in PKCS #8 or SEC 1 bytes. Raises ValueError for any other bytes."""
        return cls(_Key.read("d2i_AutoPrivateKey", der))

    def der(self) -> bytes:
        """The key as PKCS #8."""
        library = _libcrypto()
        info = library.EVP_PKEY2PKCS8(self._key.pointer)
        try:
            return self._key.written("i2d_PKCS8_PRIV_KEY_INFO", info)
        finally:
            library.PKCS8_PRIV_KEY_INFO_free(info)

    @cached_property
    def _public(self) -> Sm2PublicKey:
        return Sm2PublicKey(self._key.written("i2d_PUBKEY", self._key.pointer)[-65:])

    def public_key(self) -> Sm2PublicKey:
        return self._public

    def sign(self, data: bytes, /) -> bytes:
        library = _libcrypto()
        with _Digesting(self._key, SIGNER_ID) as digest:
            room = c_size_t(128)
            out = ctypes.create_string_buffer(room.value)
            signed = library.EVP_DigestSignInit(
                digest, None, library.EVP_sm3(), None, self._key.pointer
            ) == 1 and library.EVP_DigestSign(digest, out, byref(room), data, len(data))
        if signed != 1:
            raise Sm2Unavailable("libcrypto couldn't sign with SM2")
        return _from_der(out.raw[: room.value])


class Sm2PublicKey:
    """A public SM2 key: 65 bytes 04 || x || y. Raises ValueError for a point that is not on the curve."""

    def __init__(self, point: bytes) -> None:
        if len(point) != 65 or point[:1] != b"\x04":
            raise ValueError("a public SM2 key is 04 || x || y")
        self._point = point
        self._key = _Key.read("d2i_PUBKEY", _SPKI + point)

    def public_bytes_raw(self) -> bytes:
        return self._point

    def verifies(self, data: bytes, signature: bytes, *, signer: bytes = SIGNER_ID) -> bool:
        """Whether this key made `signature` (r || s) over `data` under the identity `signer`."""
        if len(signature) != 2 * _ORDER_BYTES:
            return False
        library, der = _libcrypto(), _to_der(signature)
        with _Digesting(self._key, signer) as digest:
            fits: bool = (
                library.EVP_DigestVerifyInit(digest, None, library.EVP_sm3(), None, self._key.pointer) == 1
                and library.EVP_DigestVerify(digest, der, len(der), data, len(data)) == 1
            )
        return fits


class Sm2Verifier(Verifier):
    """A public SM2 key under its note name."""

    kind = b"\xffSM2-SM3"
    length = 65

    @classmethod
    def is_sound(cls, public: bytes) -> bool:
        """Always: a vkey may name a point off the curve, and then no key made any signature."""
        return True

    @cached_property
    def _key(self) -> Sm2PublicKey:
        return Sm2PublicKey(self.public)

    def verifies(self, text: bytes, signature: bytes) -> bool:
        try:
            return self._key.verifies(text, signature)
        except ValueError:
            return False


class Sm2NoteKey(NoteKey):
    """A private SM2 key under its note name."""

    algorithm = Sm2Verifier

    @classmethod
    def load(cls, name: str, where: Path | str) -> Self:
        """The key in the PEM file `where`. Raises ValueError for another kind, and as `read_private` does."""
        head, _, rest = read_private(Path(where)).decode().partition(_HEAD)
        body, _, tail = rest.partition(_TAIL)
        if head or tail or not body:
            raise ValueError(f"{where} holds no private key in PEM")
        return cls(name, Sm2PrivateKey.from_der(base64.b64decode(body)))


def make_sm2_key(path: Path) -> None:
    """Write a fresh private SM2 key to `path`, mode 0600. Raises FileExistsError rather than replace a key."""
    pem = _HEAD + base64.encodebytes(Sm2PrivateKey.generate().der()).decode() + _TAIL
    create_durably(path, pem.encode())


def parse_vkey(vkey: str) -> Verifier:
    """The key that `vkey` names, of either suite. Raises ValueError if it is of neither."""
    try:
        return Verifier.parse(vkey)
    except ValueError as error:
        try:
            return Sm2Verifier.parse(vkey)
        except ValueError:
            raise error from None


def _to_der(signature: bytes) -> bytes:
    """SEQUENCE { r, s } of r || s."""
    parts = b""
    for at in (0, _ORDER_BYTES):
        number = signature[at : at + _ORDER_BYTES].lstrip(b"\x00") or b"\x00"
        number = b"\x00" * (number[0] >> 7) + number
        parts += bytes([2, len(number)]) + number
    return bytes([0x30, len(parts)]) + parts


def _from_der(der: bytes) -> bytes:
    """r || s from the SEQUENCE { r, s } that libcrypto writes; all lengths are below 128."""
    end = 4 + der[3]
    r, s = der[4:end], der[end + 2 :]
    return b"".join(int.from_bytes(part, "big").to_bytes(_ORDER_BYTES, "big") for part in (r, s))
