"""Any rules and any password, on every way to set one, judged by a second reading of the rules."""

import string
from collections.abc import Iterator
from contextlib import nullcontext
from unittest import mock

import pytest
from argon2.low_level import Type, hash_secret
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siegel.cli import main
from siegel.identity.password_doors import DOORS, Probe, hold, is_accepted, probing
from siegel.identity.password_policy import Policy
from siegel.identity.password_trials import satisfies

# No word comes of these by chance, and no piece again and again.
START = "vqZx7-"
TEXTS = st.text(alphabet=string.ascii_letters + string.digits + " -_äßΩд中٣€", max_size=22).map(
    lambda text: START + text
)
POLICIES = st.builds(
    Policy,
    min_length=st.integers(8, 24),
    letters=st.integers(0, 6),
    upper=st.integers(0, 3),
    lower=st.integers(0, 3),
    digits=st.integers(0, 4),
    special=st.integers(0, 4),
    blocklist=st.just(False),
    similarity=st.just(False),
)


@pytest.fixture
def probe() -> Iterator[Probe]:
    """Hashes cost as little as they can: what is stored is not looked at here."""

    def cheap(secret: bytes, salt: bytes, *_: object) -> bytes:
        return hash_secret(secret, salt, 1, 8, 1, 32, Type.ID)

    with (
        mock.patch("siegel.identity.hashing.hash_secret", cheap),
        mock.patch("siegel.identity.hashing.is_cheap", return_value=False),
        probing() as made,
    ):
        yield made


@pytest.mark.parametrize("door", DOORS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(policy=POLICIES, password=TEXTS)
def test_every_way_decides_as_the_second_reading(
    probe: Probe, door: str, policy: Policy, password: str
) -> None:
    hold(policy)
    assert is_accepted(probe, door, password) == satisfies(password, policy)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(policy=POLICIES, password=TEXTS)
def test_so_does_the_command_line(probe: Probe, policy: Policy, password: str) -> None:
    hold(policy)
    with mock.patch("siegel.cli._serving_tenant", return_value=nullcontext()):
        done = CliRunner().invoke(
            main,
            ["people", "create", "probe", "--name", "Vq", "--email", probe.address,
             "--role", "adviser", "--password-stdin"],
            input=f"{password}\n",
        )  # fmt: skip
    assert (done.exit_code == 0) == satisfies(password, policy), done.output
