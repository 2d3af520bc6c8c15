"""The demo with standings made by hand: `python -m tests.trust.staged_demo`, as the demo itself."""

from typing import Any

from demo import __main__ as demo

furnish = demo._furnish


def staged(port: int) -> dict[str, Any]:
    """Furnish the demo, and put standings of now in place of those that runs would give."""
    facts = furnish(port)
    from django.utils import timezone

    from siegel.trust import views
    from siegel.trust.models import EvidenceHead, StateChange
    from tests.trust.stage import fixed, head

    now = timezone.now()
    setattr(views, "standings", fixed(now))  # noqa: B010 - until this process ends
    if not EvidenceHead.objects.exists():
        head(41_208, now)
        StateChange.objects.create(control="phy-sep-physical", at=now, after="pass")
    return facts


if __name__ == "__main__":
    demo._furnish = staged
    demo.main()
