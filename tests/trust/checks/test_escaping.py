"""A text that becomes a part of a page is found, and a file that would let it."""

from pathlib import Path

import pytest

from siegel.trust.checks import escaping, sources
from siegel.trust.checks.asking import Answer
from siegel.trust.checks.escaping import examine_escaping, examine_files
from siegel.trust.checks.unescaped import KNOWN


def test_templates_that_escape_nothing_are_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("django.template.base.conditional_escape", str)
    (tmp_path / "views.py").write_text("from django.utils.safestring import mark_safe\n")
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    faults = examine_escaping().faults
    assert any("desk /contacts/<uuid:contact>/: a text is shown" in fault for fault in faults)
    assert any("chat /imprint/: a text is shown" in fault for fault in faults)
    assert "views.py: mark_safe" in faults


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("templates/a.html", "{{ name|safe }}"),
        ("templates/a.html", "{% autoescape off %}{{ name }}"),
        ("a.py", "return format_html(name)"),
        ("static/build/desk.js", "e.innerHTML=n"),
        ("static/build/desk.js", "eval(n)"),
        # What is known is known in its place only, and nothing else on its line.
        ("templates/other.html", KNOWN[0].text),
        (KNOWN[0].file, f"{KNOWN[0].text} {{{{ name|safe }}}}"),
    ],
)
def test_a_file_that_gets_round_escaping_is_found(name: str, text: str) -> None:
    assert len(examine_files({name: text}).faults) == 1


def test_what_is_known_is_still_there() -> None:
    files = sources.sources()
    assert all(known.text in files[known.file] for known in KNOWN)
    assert any(name.endswith(".js") for name in files)


def test_a_script_in_data_is_no_page_if_the_type_is_not_guessed() -> None:
    body = b"<script>mark"
    told = (("content-type", "application/json"), ("x-content-type-options", "nosniff"))
    assert [*escaping._raw(Answer(200, told, body), "mark")] == []
    for headers in (told[:1], (("content-type", "image/svg+xml"), told[1])):
        assert [*escaping._raw(Answer(200, headers, body), "mark")]


def test_a_failure_that_is_not_noticed_fails_the_canary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escaping, "all_addresses", list)
    assert escaping.plant_each().faults == ()
