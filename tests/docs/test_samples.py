"""The sample signers of the documentation, run as a website would run them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from siegel.identity.client_tokens import RefusedToken, Why, recognised_by
from siegel.tenancy.context import serving
from tests.cast import Organisation
from tests.client_signing import Website, secret_pem_of

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
P256, ED25519 = (
    lambda: ec.generate_private_key(ec.SECP256R1()),
    ed25519.Ed25519PrivateKey.generate,
)
PHP = [
    pytest.mark.php,
    pytest.mark.skipif(shutil.which("php") is None, reason="needs php-cli"),
]
SIGNERS = [
    pytest.param([sys.executable, "sign.py"], P256, id="Python ES256"),
    pytest.param([sys.executable, "sign.py"], ED25519, id="Python EdDSA"),
    pytest.param(["node", "sign.mjs"], P256, id="Node.js ES256"),
    pytest.param(["node", "sign.mjs"], ED25519, id="Node.js EdDSA"),
    pytest.param(["php", "sign.php"], P256, id="PHP ES256", marks=PHP),
]


@pytest.mark.parametrize(("command", "make"), SIGNERS)
def test_what_a_sample_signs_is_accepted_once_and_here_only(
    bank: Organisation, insurer: Organisation, tmp_path: Path, command: list[str], make: Any
) -> None:
    website = Website(bank, private=make())
    website.known()
    Website(insurer, private=website.private).known()
    file = tmp_path / "private.pem"
    file.write_text(secret_pem_of(website.private))
    told = [website.kid, bank.host, "4711", "Zoë Ñandú", "zoe@kunde.example"]

    def signed() -> str:
        # A few bytes of an ECDSA signature may be zero: that is where DER is read wrongly.
        made = subprocess.run(
            [command[0], str(SAMPLES / command[1]), str(file), *told],
            capture_output=True,
            check=True,
            text=True,
            env=dict(os.environ),
        )
        return made.stdout

    token = signed()
    with serving(insurer.tenant), pytest.raises(RefusedToken) as refused:
        recognised_by(token)
    assert refused.value.why == Why.AUDIENCE
    with serving(bank.tenant):
        who = recognised_by(token)
        assert (who.subject, who.name, who.email) == ("4711", "Zoë Ñandú", "zoe@kunde.example")
        with pytest.raises(RefusedToken):
            recognised_by(token)
        assert recognised_by(signed()).subject == "4711"
