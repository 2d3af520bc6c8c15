"""Text in the encodings that people have, and what only looks like it."""

import codecs

import pytest

from tests.files.inspecting import outcome


@pytest.mark.parametrize(
    "data",
    [
        "Grüße aus Köln €".encode(),
        codecs.BOM_UTF8 + "Grüße".encode(),
        codecs.BOM_UTF16_LE + "Grüße €".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "Grüße €".encode("utf-16-be"),
        "Grüße €".encode("cp1252"),
        "Grüße aus München, Straße".encode("cp850"),
        "Müller;12,50\r\n".encode("cp437") + b"\x1a",
        "Grüße".encode() + b"\x1a",
        b"text\r\n" * 20_000 + b"\x1a",
        "╔═══╗ Übersicht".encode("cp850"),
        b"a\tb\r\nc\x0cd",
        "ü".encode() * 200_000,
        b"a < b and <img> is a tag, <b>bold</b> too",
        b"-----BEGIN PGP MESSAGE-----",
    ],
)
def test_text_is_accepted(data: bytes) -> None:
    assert outcome(data, "note.txt") == "txt"
    assert outcome(data, "list.csv") == "csv"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a\x00b", "type-not-allowed"),
        (b"a\x1b[31mb", "type-not-allowed"),
        (b"a\x7fb", "type-not-allowed"),
        ("a\x85b".encode(), "type-not-allowed"),
        ("a\x00b".encode("utf-16"), "type-not-allowed"),
        ("abc".encode("utf-32"), "type-not-allowed"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8a\x00", "type-not-allowed"),
        (codecs.BOM_UTF16_LE + b"a\x00b", "type-not-allowed"),
        (b"a sign of DOS \x81 and a control character \x01", "type-not-allowed"),
        (b"the end \x1a is not the end", "type-not-allowed"),
        (b"the end comes once\x1a\x1a", "type-not-allowed"),
        (codecs.BOM_UTF16_LE + "the end\x1a".encode("utf-16-le"), "type-not-allowed"),
        (b"{\\rtf1\\ansi}", "type-not-allowed"),
        (b"<?xml version='1.0'?><invoice/>", "type-not-allowed"),
        (b"<?xml version='1.0'?><svg xmlns='x'/>", "script"),
        (codecs.BOM_UTF16_LE + "<svg onload='x'>".encode("utf-16-le"), "script"),
        (b"\n\n  <!-- --><p>", "script"),
        (b"some words before <script>alert(1)</script>", "script"),
        (b"some words before <?php system('id');", "script"),
        (b"#!/usr/bin/env python3\n", "script"),
        (b"@echo off\r\nformat c:", "script"),
        (b"%!PS-Adobe-3.0\n", "script"),
        (b"[InternetShortcut]\nURL=file://x", "script"),
        (b"a word and then %PDF-1.4\n", "disguised"),
    ],
)
def test_what_is_not_only_text_is_refused(data: bytes, code: str) -> None:
    assert outcome(data, "note.txt") == code
