"""What several tests of the chat's side need."""

from collections.abc import Iterator

import pytest
from django.test import override_settings


@pytest.fixture
def mail() -> Iterator[None]:
    """A mail server is named, and nobody is there: what it waits with is kept."""
    with override_settings(SIEGEL_SMTP_HOST="mail.invalid"):
        yield
