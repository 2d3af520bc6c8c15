"""Short texts that are sealed: they open for their owner and their purpose, and not otherwise."""

import pytest

from siegel.vault.sealed_streams import CannotBeUnsealed
from siegel.vault.sealed_texts import open_text, seal_text
from tests.cast import Organisation


@pytest.mark.parametrize("text", ["", "JBSWY3DPEHPK3PXP", "Ä" * 5_000])
def test_what_was_sealed_opens(bank: Organisation, text: str) -> None:
    sealed = seal_text(bank.tenant.id, text, "seed")
    assert not text or text not in sealed
    assert open_text(bank.tenant.id, sealed, "seed") == text
    # Two of the same do not look alike.
    assert seal_text(bank.tenant.id, text, "seed") != sealed


def test_nothing_else_opens_it(bank: Organisation, insurer: Organisation) -> None:
    sealed = seal_text(bank.tenant.id, "JBSWY3DPEHPK3PXP", "seed")
    changed = sealed[:-8] + ("A" if sealed[-8] != "A" else "B") + sealed[-7:]
    for owner, text, context in [
        (insurer.tenant.id, sealed, "seed"),
        (bank.tenant.id, sealed, "credential"),
        (bank.tenant.id, changed, "seed"),
        (bank.tenant.id, sealed[:40], "seed"),
        (bank.tenant.id, "no base64!", "seed"),
        (bank.tenant.id, "", "seed"),
    ]:
        with pytest.raises(CannotBeUnsealed):
            open_text(owner, text, context)
