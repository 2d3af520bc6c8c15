"""Keys that a person writes down."""

import pytest
import tink

from siegel.vault.recovery_keys import NotARecoveryKey, RecoveryKey


def test_it_is_read_as_it_was_printed_and_as_it_was_typed() -> None:
    key = RecoveryKey.generate()
    sealed = key.aead().encrypt(b"text", b"bound")
    for text in (key.text(), key.text().lower(), f" {key.text().replace('-', ' ')}\n"):
        again = RecoveryKey.parse(text)
        assert again.aead().decrypt(sealed, b"bound") == b"text"
        assert again.fingerprint == key.fingerprint
    with pytest.raises(tink.TinkError):
        RecoveryKey.generate().aead().decrypt(sealed, b"bound")


def test_it_has_256_bits_and_its_fingerprint_tells_nothing_of_them() -> None:
    assert RecoveryKey(bytes(32)).text().startswith("AAAA-AAAA-")
    assert len({RecoveryKey.generate().text() for _ in range(100)}) == 100
    assert len(RecoveryKey.generate().fingerprint) == 16


@pytest.mark.parametrize("text", ["", "word", "0" * 55, "A" * 54, "A" * 55, "A" * 64, "ü" * 55])
def test_what_is_none(text: str) -> None:
    with pytest.raises(NotARecoveryKey, match="a sign of it is wrong"):
        RecoveryKey.parse(text)


def test_every_slip_of_one_sign_is_noticed() -> None:
    text = RecoveryKey(bytes(range(32))).text()
    slipped = 0
    # The last sign holds two bits only; three more in it mean nothing.
    for place, sign in enumerate(text[:-1]):
        if sign != "-":
            wrong = text[:place] + ("B" if sign == "A" else "A") + text[place + 1 :]
            with pytest.raises(NotARecoveryKey):
                RecoveryKey.parse(wrong)
            slipped += 1
    assert slipped == 54
