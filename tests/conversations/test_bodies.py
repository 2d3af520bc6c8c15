"""What is stored is stored to the letter; what no text holds is refused."""

import uuid

import pytest

from siegel.conversations.bodies import LONGEST_BODY, RefusedBody, check_body
from siegel.conversations.models import Message
from siegel.conversations.posting import post_message
from siegel.tenancy.context import serving
from tests.cast import Organisation

VERBATIM = [
    "<script>alert(1)</script>",
    "'; DROP TABLE conversations_message; --",
    "abc\u202egnp.exe\u2066\u2069",
    "zero\u200bwidth\u200d\ufeff",
    "W" * 10_000,
    "x" * LONGEST_BODY,
    "👩‍👩‍👧‍👦 ﷽ e\u0301 \U0001f600",
    "line\nline\ttab",
    "  spaces are kept  ",
    "%s %(a)s {0} {{ x }} \\ \" '",
]


@pytest.mark.parametrize("body", VERBATIM)
def test_stored_to_the_letter(bank: Organisation, body: str) -> None:
    conversation = bank.conversation()
    post_message(
        bank.tenant, bank.as_client(conversation), conversation.pk, uuid.uuid4(), body
    ).result(5)
    with serving(bank.tenant):
        assert Message.objects.get().body == body


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "body-empty"),
        (" \n\t ", "body-empty"),
        ("\u200b\u200d\ufeff \u2028\u2029\u00ad\u3000", "body-empty"),
        ("x" * (LONGEST_BODY + 1), "body-too-long"),
        ("a\x00b", "body-control-characters"),
        ("a\x1b[31m", "body-control-characters"),
        ("a\x85b", "body-control-characters"),
        ("a\r\nb", "body-control-characters"),
        ("a\ud800", "body-control-characters"),
    ],
)
def test_refused_with_a_reason(body: str, code: str) -> None:
    with pytest.raises(RefusedBody) as refusal:
        check_body(body)
    assert refusal.value.code == code
