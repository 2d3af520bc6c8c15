"""The installation's signing key: made once, sealed, retired, and never shown."""

import base64
import fcntl
import json
import logging
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from siegel.vault import kek, signing_key
from siegel.vault.signing_key import Signature, SigningKeyUnavailable

MESSAGE = b"where the evidence ended"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with a KEK and no signing key; the path of the key to be."""
    monkeypatch.setattr(settings, "SIEGEL_KEK_FILE", tmp_path / "kek" / "kek.json")
    monkeypatch.setattr(settings, "SIEGEL_KEYS", tmp_path / "keys")
    kek.ensure()
    return tmp_path / "keys" / "installation-signing.json"


def is_signed(message: bytes, signature: Signature) -> bool:
    return signing_key.is_signed(message, signature, signing_key.public_keys())


def test_it_is_made_once_and_only_its_owner_reads_it(elsewhere: Path) -> None:
    made = signing_key.ensure()
    assert signing_key.ensure() == made == signing_key.key_in_use()
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o600
    assert [path.name for path in elsewhere.parent.iterdir()] == [elsewhere.name]


def test_two_first_starts_make_one_key(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def another_process_was_quicker(*_: object) -> None:
        if not made:
            made.append("")
            made[0] = signing_key.ensure()

    monkeypatch.setattr(fcntl, "flock", another_process_was_quicker)
    assert signing_key.ensure() == made[0]


def test_what_it_signs_is_verified_with_its_public_half() -> None:
    signing_key.ensure()
    signature = signing_key.sign(MESSAGE)
    (public,) = signing_key.public_keys()
    assert (public.id, public.is_retired) == (signature.key, False)
    # By the library alone, as an outsider does.
    verifier = Ed25519PublicKey.from_public_bytes(public.raw)
    verifier.verify(base64.b64decode(signature.text), MESSAGE)
    assert is_signed(MESSAGE, signature)


def test_nothing_else_is_signed() -> None:
    signing_key.ensure()
    signature = signing_key.sign(MESSAGE)
    wrong = [
        Signature("0" * 16, signature.text),
        Signature(signature.key, base64.b64encode(bytes(64)).decode()),
        Signature(signature.key, signature.text[:-4]),
        Signature(signature.key, "not base64, ä"),
        Signature(signature.key, "not base64!"),
    ]
    assert not any(is_signed(MESSAGE, forged) for forged in wrong)
    assert not is_signed(MESSAGE + b".", signature)


def test_a_retired_key_verifies_and_signs_no_more(elsewhere: Path) -> None:
    old = signing_key.ensure()
    signature = signing_key.sign(MESSAGE)
    new = signing_key.rotate()
    assert new != old
    known = [(key.id, key.is_retired) for key in signing_key.public_keys()]
    assert known == [(new, False), (old, True)]
    assert is_signed(MESSAGE, signature)
    assert signing_key.sign(MESSAGE).key == new
    # Its private half is gone.
    assert [bool(key["sealed"]) for key in json.loads(elsewhere.read_text())] == [True, False]


def test_it_is_sealed_again_by_the_kek_and_stays_the_same(elsewhere: Path) -> None:
    made = signing_key.ensure()
    before = elsewhere.read_text()
    signing_key.rewrap()
    assert elsewhere.read_text() != before
    assert signing_key.sign(MESSAGE).key == made
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o600


def test_a_crash_while_it_is_replaced_leaves_the_old_one(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = signing_key.ensure()

    def crash(*_: object) -> None:
        raise InterruptedError

    with monkeypatch.context() as crashing:
        crashing.setattr(Path, "replace", crash)
        with pytest.raises(InterruptedError):
            signing_key.rotate()
    assert signing_key.key_in_use() == made
    assert signing_key.rotate() != made


def other_kek(path: Path) -> None:
    settings.SIEGEL_KEK_FILE.unlink()
    content = path.read_text()
    path.unlink()
    kek.ensure()
    path.write_text(content)


def no_kek(path: Path) -> None:
    settings.SIEGEL_KEK_FILE.unlink()


def change(**fields: object) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        (key,) = json.loads(path.read_text())
        path.write_text(json.dumps([key | fields]))

    return write


def hold(text: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text(text)

    return write


@pytest.mark.parametrize(
    "break_it",
    [
        Path.unlink,
        other_kek,
        no_kek,
        hold("\0"),
        hold("{}"),
        hold("[]"),
        change(sealed=""),
        change(sealed="AAAA"),
        change(sealed="no base64!"),
        change(id="0" * 16),
        change(public=base64.b64encode(bytes(31)).decode()),
        change(public="no base64!"),
        change(public="ä"),
        change(more=1),
    ],
    ids=[str(number) for number in range(14)],
)
def test_one_that_cannot_be_used_is_named_so(
    elsewhere: Path, break_it: Callable[[Path], None]
) -> None:
    signing_key.ensure()
    break_it(elsewhere)
    with pytest.raises(SigningKeyUnavailable):
        signing_key.sign(MESSAGE)


def test_a_sealed_key_is_bound_to_its_name(elsewhere: Path) -> None:
    signing_key.ensure()
    sealed = json.loads(elsewhere.read_text())[0]["sealed"]
    signing_key.rotate()
    keys = json.loads(elsewhere.read_text())
    elsewhere.write_text(json.dumps([keys[0] | {"sealed": sealed}, keys[1]]))
    with pytest.raises(SigningKeyUnavailable, match="cannot be unsealed"):
        signing_key.sign(MESSAGE)


def test_without_a_kek_none_is_made() -> None:
    settings.SIEGEL_KEK_FILE.unlink()
    with pytest.raises(SigningKeyUnavailable, match="cannot be sealed"):
        signing_key.ensure()


def test_a_process_can_renounce_signing(monkeypatch: pytest.MonkeyPatch) -> None:
    signing_key.ensure()
    monkeypatch.setattr(signing_key._ThisProcess, "may_sign", True)
    signing_key.refuse_here()
    with pytest.raises(SigningKeyUnavailable, match="may not sign"):
        signing_key.sign(MESSAGE)


def test_nothing_shows_it(elsewhere: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    signing_key.ensure()
    (stored,) = signing_key._stored()
    raw = signing_key._private(stored)
    signature = signing_key.sign(MESSAGE)
    shown = f"{stored!r} {signature!r} {signing_key.public_keys()!r} {caplog.text}"
    for form in (stored.sealed, raw.hex(), base64.b64encode(raw).decode()):
        assert form not in shown
    assert base64.b64encode(raw).decode() not in elsewhere.read_text()
