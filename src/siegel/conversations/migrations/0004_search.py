"""The index of the search: tables of SQLite's FTS5 that hold no text of their own."""

from typing import Any

from django.db import migrations

# Read and written by conversations.search_index only. Without content: the index finds rows, the
# text stays where it is. Rows of the first two are events, by their number.
TABLES = (
    """CREATE VIRTUAL TABLE search_words USING fts5(
        text, content='', contentless_delete=1, prefix='2',
        tokenize='unicode61 remove_diacritics 0')""",
    """CREATE VIRTUAL TABLE search_parts USING fts5(
        text, content='', contentless_delete=1, tokenize='trigram case_sensitive 1')""",
    # Every word that occurs, and which words hold a part.
    "CREATE TABLE search_word (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE)",
    """CREATE VIRTUAL TABLE search_word_parts USING fts5(
        word, content='', contentless_delete=1, tokenize='trigram case_sensitive 1')""",
    # Contacts have no number that an index could use.
    "CREATE TABLE search_contact (id INTEGER PRIMARY KEY, contact TEXT NOT NULL UNIQUE)",
    """CREATE VIRTUAL TABLE search_contact_parts USING fts5(
        text, content='', contentless_delete=1, tokenize='trigram case_sensitive 1')""",
    # Up to which event the index goes, how its text was folded, whether something was deleted.
    """CREATE TABLE search_cursor (
        one INTEGER PRIMARY KEY CHECK (one = 1), event INTEGER NOT NULL,
        folding INTEGER NOT NULL, purging INTEGER NOT NULL)""",
    "INSERT INTO search_cursor VALUES (1, 0, 0, 0)",
)


def create(apps: Any, schema_editor: Any) -> None:
    """Only on SQLite; another engine has its own way of searching."""
    if schema_editor.connection.vendor == "sqlite":
        for statement in TABLES:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("conversations", "0003_working_together")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
