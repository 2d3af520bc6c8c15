"""How passwords are stored.

Before it is hashed a password is brought into one form (Unicode NFC) and keyed with a pepper of the
tenant's (HMAC-SHA256): a database without its keyset gives nothing to guess at. A record begins
with its scheme and the pepper's id; one under an older pepper, or that is cheaper than today's, is
made anew when its password is next given.
"""

import base64
import hashlib
import hmac
import re
import unicodedata

from argon2 import extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret, verify_secret
from django.contrib.auth.hashers import Argon2PasswordHasher, BasePasswordHasher
from django.utils.crypto import pbkdf2

from siegel.identity.combining import may_be_normalised
from siegel.identity.password_cost import MEMORY_KIB, passes, room_for_a_hash
from siegel.identity.password_policy import LONGEST
from siegel.tenancy.context import served
from siegel.vault import keyring

# The pepper that new records get. Another number is another key, derived from the same keyset.
PEPPER = "1"
LONGEST_OLD_SALT = 128
HASH_BYTES = 32


class Unpeppered(Argon2PasswordHasher):
    """Records from before there was a pepper: they are verified, and made anew at the sign-in."""

    memory_cost = MEMORY_KIB
    time_cost = 2
    parallelism = 1

    def verify(self, password: str, encoded: str) -> bool:
        with room_for_a_hash():
            return super().verify(password, encoded)


class Argon2id(BasePasswordHasher):
    """Argon2id (RFC 9106): 19 MiB, one lane, as many passes as were measured here.

    Django's default takes 100 MiB per sign-in, which makes fifty sign-ins at once a way to fill
    the memory of the machine.
    """

    algorithm = "siegel"

    def encode(self, password: str, salt: str) -> str:
        return f"{self.algorithm}${PEPPER}{argon2id(_peppered(password, PEPPER), salt)}"

    def verify(self, password: str, encoded: str) -> bool:
        _, pepper, rest = encoded.split("$", 2)
        return is_argon2id_of(_peppered(password, pepper), f"${rest}")

    def must_update(self, encoded: str) -> bool:
        _, pepper, rest = encoded.split("$", 2)
        return pepper != PEPPER or is_cheap(f"${rest}")

    def harden_runtime(self, password: str, encoded: str) -> None:
        # One hash and no more, whoever asks: a second one would tell accounts from no accounts.
        pass


class Pbkdf2(BasePasswordHasher):
    """PBKDF2-HMAC-SHA256 (NIST SP 800-132) for those who may use approved functions only.

    Seven times dearer for us than Argon2id, and far cheaper for whoever guesses with GPUs.
    """

    algorithm = "siegel-fips"
    iterations = 600_000

    def encode(self, password: str, salt: str) -> str:
        return self._record(password, salt, PEPPER, self.iterations)

    def verify(self, password: str, encoded: str) -> bool:
        _, pepper, iterations, salt, _ = encoded.split("$")
        return hmac.compare_digest(
            self._record(password, salt, pepper, int(iterations)).encode(), encoded.encode()
        )

    def must_update(self, encoded: str) -> bool:
        _, pepper, iterations, _, _ = encoded.split("$")
        return pepper != PEPPER or int(iterations) < self.iterations

    def harden_runtime(self, password: str, encoded: str) -> None:
        # As Argon2id's.
        pass

    def _record(self, password: str, salt: str, pepper: str, iterations: int) -> str:
        with room_for_a_hash():
            made = pbkdf2(_peppered(password, pepper), salt, iterations, digest=hashlib.sha256)
        digest = base64.b64encode(made).decode()
        return f"{self.algorithm}${pepper}${iterations}${salt}${digest}"


class WrappedSha256(BasePasswordHasher):
    """Argon2id over the hex digest of an older system's SHA-256 of salt and password.

    The digest itself is no password: what is given is first hashed as the older system did.
    """

    algorithm = "siegel-sha256"

    @classmethod
    def wrap(cls, digest: str, old_salt: str) -> str:
        """The record for a digest (64 hex digits); raises ValueError if that is none."""
        digest = cls.checked(digest, old_salt)
        kept = base64.urlsafe_b64encode(old_salt.encode()).decode()
        made = argon2id(_wrapped(digest, PEPPER), cls().salt())
        return f"{cls.algorithm}${PEPPER}${kept}{made}"

    @staticmethod
    def checked(digest: str, old_salt: str) -> str:
        """The digest in small letters; raises ValueError if it, or the salt, cannot be wrapped."""
        if not re.fullmatch(r"[0-9a-fA-F]{64}", digest):
            raise ValueError("A SHA-256 is 64 hexadecimal digits.")
        if len(old_salt.encode()) > LONGEST_OLD_SALT:
            raise ValueError(f"A salt has at most {LONGEST_OLD_SALT} bytes.")
        return digest.lower()

    def verify(self, password: str, encoded: str) -> bool:
        _, pepper, kept, rest = encoded.split("$", 3)
        old_salt = base64.urlsafe_b64decode(kept)
        digest = hashlib.sha256(old_salt + password.encode(errors="surrogatepass")).hexdigest()
        return is_argon2id_of(_wrapped(digest, pepper), f"${rest}")


def argon2id(secret: bytes, salt: str) -> str:
    """The hash in its usual form, from `$argon2id$` on, at today's cost."""
    with room_for_a_hash():
        return hash_secret(
            secret, salt.encode(), passes(), MEMORY_KIB, 1, HASH_BYTES, Type.ID
        ).decode()


def is_argon2id_of(secret: bytes, encoded: str) -> bool:
    """Whether a hash in that form is that of a secret."""
    with room_for_a_hash():
        try:
            return verify_secret(encoded.encode(), secret, Type.ID)
        except (VerificationError, InvalidHashError):
            return False


def is_cheap(encoded: str) -> bool:
    """Whether a hash in that form costs less than a new one; what is dearer stays as it is."""
    used = extract_parameters(encoded)
    return used.time_cost < passes() or used.memory_cost < MEMORY_KIB


def normalised(password: str) -> str:
    """The one form of a password, however a keyboard has put it together (RFC 8265: NFC).

    What no rules accept stays as it is: it is hashed, and is nobody's.
    """
    if not may_be_normalised(password, LONGEST):
        return password
    return unicodedata.normalize("NFC", password)


def _peppered(password: str, pepper: str) -> bytes:
    return _keyed(normalised(password), f"password-pepper-{pepper}")


def _wrapped(digest: str, pepper: str) -> bytes:
    return _keyed(digest, f"password-pepper-{pepper}-sha256")


def _keyed(text: str, purpose: str) -> bytes:
    # What no encoding has is still one password: it is hashed, and never accepted.
    encoded = text.encode(errors="surrogatepass")
    return hmac.digest(keyring.derive(served().id, purpose), encoded, "sha256")
