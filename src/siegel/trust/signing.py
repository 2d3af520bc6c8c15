"""A new key that signs the evidence from now on."""

from siegel.tenancy.key_rotation import rotate_signing_key
from siegel.trust.evidence import begin_anew, check_ends, check_recordable


def replace_signing_key(*, after_loss: bool = False) -> str:
    """Rotate the signing key and sign with the new one where the evidence ends; returns its id.

    `after_loss` goes on from a head that no key verifies any more: who says so vouches for what
    lies below. Raises vault.signing_key.SigningKeyUnavailable and evidence.EvidenceBroken.
    """
    if after_loss:
        check_ends()
    else:
        check_recordable()
    made = rotate_signing_key()
    begin_anew(made)
    return made
