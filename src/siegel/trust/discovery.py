"""Finding the controls that the packages declare beside their mechanisms."""

from siegel.claims.control import Control
from siegel.conversations import controls as conversations
from siegel.files import controls as files
from siegel.tenancy import controls as tenancy


def all_controls() -> list[Control]:
    """Every control of the product, by id."""
    return sorted(
        [*tenancy.CONTROLS, *files.CONTROLS, *conversations.CONTROLS],
        key=lambda control: control.id,
    )
