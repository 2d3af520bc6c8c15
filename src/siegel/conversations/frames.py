"""What may be said over a socket: the schema of every frame, checked before anything is done."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

Seq = Annotated[int, Meta(ge=0, lt=2**62)]


class Hello(Struct, tag="hello", forbid_unknown_fields=True):
    """The first frame: who I am, by a ticket that is fetched over HTTP just before."""

    ticket: Annotated[str, Meta(max_length=200)]
    language: Annotated[str, Meta(max_length=10)] = "de"


class Fetch(Struct, tag="fetch", forbid_unknown_fields=True):
    """Give me events after a number, or before one (the newest if neither is named)."""

    conversation: UUID
    after: Seq | None = None
    before: Seq | None = None


class Send(Struct, tag="send", forbid_unknown_fields=True):
    """Store this message; `key` is the same at every retry. With files the body may be empty."""

    conversation: UUID
    key: UUID
    body: str
    files: Annotated[list[UUID], Meta(max_length=20)] = []


class Typing(Struct, tag="typing", forbid_unknown_fields=True):
    """I am writing."""

    conversation: UUID


class Read(Struct, tag="read", forbid_unknown_fields=True):
    """I have read up to this number."""

    conversation: UUID
    seq: Seq


class Reading(Struct, tag="reading", forbid_unknown_fields=True):
    """I have this conversation before me; said again every 15 seconds. Advisers only."""

    conversation: UUID


class Inbox(Struct, tag="inbox", forbid_unknown_fields=True):
    """Give me the list of a view, or what follows in it. Advisers only."""

    view: Annotated[str, Meta(max_length=20)]
    label: UUID | None = None
    before: Annotated[str, Meta(max_length=100)] = ""


class Ping(Struct, tag="ping", forbid_unknown_fields=True):
    """Are you there?"""


Frame = Hello | Fetch | Send | Typing | Read | Reading | Inbox | Ping
_decoder: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
_encoder = msgspec.json.Encoder()


class Malformed(ValueError):
    """Not a frame of this protocol; the text of it is never repeated."""


def decode(text: str) -> Frame:
    """A frame from JSON text; raises Malformed."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise Malformed from None


def encode(frame: dict[str, Any]) -> str:
    """A frame as JSON text."""
    return _encoder.encode(frame).decode()
