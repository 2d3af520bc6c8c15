"""What an operator sees of jobs, and starting one again."""

import datetime as dt
import json
import uuid

import pytest
from click.testing import CliRunner, Result
from django.utils import timezone

from siegel.cli import main
from siegel.tenancy.job_queue import queue
from siegel.tenancy.models import Job

pytestmark = pytest.mark.usefixtures("quiet")


def siegel(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def row(name: str, state: str, **fields: object) -> Job:
    now = timezone.now()
    finished = now if state in {"done", "failed"} else None
    described = {"run_after": now, "lease_until": now, "finished_at": finished} | fields
    return Job.objects.create(name=name, state=state, **described)


def test_listing_jobs() -> None:
    done = row("files.sweep", "done", attempts=1)
    failed = row("files.rescan", "failed", attempts=5, tenant="tbank", last_error="OSError")
    # Rows of what runs regularly may stand between them.
    listed = {line.split()[0]: line for line in siegel("jobs", "list").output.splitlines()}
    assert listed[str(done.pk)].startswith(f"{done.pk}  files.sweep  done  1  -  -  ")
    told = f"{failed.pk}  files.rescan  failed  5  tbank  OSError  "
    assert listed[str(failed.pk)].startswith(told)
    (line,) = siegel("jobs", "list", "--state", "failed", "--json").output.splitlines()
    assert json.loads(line) == {
        "id": str(failed.pk), "name": "files.rescan", "state": "failed", "attempts": 5,
        "tenant": "tbank", "last_error": "OSError",
        "run_after": failed.run_after.isoformat(timespec="seconds"),
    }  # fmt: skip


def test_retrying_a_failed_job() -> None:
    failed = row("files.rescan", "failed", attempts=5, last_error="OSError")
    assert siegel("jobs", "retry", str(failed.pk)).exit_code == 0
    failed.refresh_from_db()
    assert (failed.state, failed.attempts, failed.finished_at) == ("waiting", 0, None)
    assert queue().dequeue().args == (str(failed.pk),)
    again = siegel("jobs", "retry", str(failed.pk))
    assert again.exit_code == 1
    assert "no job" in again.output


@pytest.mark.parametrize(("job", "code"), [(str(uuid.UUID(int=1)), 1), ("not an id", 2)])
def test_a_job_that_cannot_be_retried(job: str, code: int) -> None:
    assert siegel("jobs", "retry", job).exit_code == code


def test_showing_one_job() -> None:
    failed = row("files.rescan", "failed", attempts=5, last_error="OSError", arguments=["a-file"])
    told = siegel("jobs", "show", str(failed.pk))
    assert "last_error: OSError\n" in told.output
    assert "tenant: -\n" in told.output
    facts = json.loads(siegel("jobs", "show", str(failed.pk), "--json").output)
    assert (facts["arguments"], facts["state"]) == (["a-file"], "failed")
    assert failed.finished_at is not None
    assert facts["finished_at"] == failed.finished_at.isoformat(timespec="seconds")
    nobody = siegel("jobs", "show", str(uuid.UUID(int=1)))
    assert nobody.exit_code == 1
    assert "There is no job" in nobody.output


def test_dead_letters_are_counted_by_name() -> None:
    none = siegel("jobs", "dead")
    assert (none.exit_code, none.stdout) == (0, "")
    assert "no dead letters" in none.stderr
    now = timezone.now()
    oldest = now - dt.timedelta(days=2)
    row("files.rescan", "failed", last_error="OSError", finished_at=now)
    row("files.rescan", "failed", last_error="KeyError", finished_at=oldest)
    row("mail.send", "failed", last_error="OSError")
    row("mail.send", "done")
    found = siegel("jobs", "dead", "--json")
    assert found.exit_code == 1
    first, second = [json.loads(line) for line in found.stdout.splitlines()]
    assert first == {
        "name": "files.rescan", "count": 2, "errors": ["KeyError", "OSError"],
        "oldest": oldest.isoformat(timespec="seconds"),
    }  # fmt: skip
    assert (second["name"], second["count"]) == ("mail.send", 1)
    told = siegel("jobs", "dead")
    assert "files.rescan  2  KeyError, OSError  " in told.stdout
    assert "retry --all" in told.stderr


def test_dead_letters_are_replayed_by_name_or_all() -> None:
    rescans = [row("files.rescan", "failed", attempts=5) for _ in range(2)]
    mail = row("mail.send", "failed", attempts=5)
    done = row("mail.send", "done", attempts=1)
    told = siegel("jobs", "retry", "--all", "--name", "files.rescan")
    assert told.output == "2 jobs will run again.\n"
    assert {queue().dequeue().args[0] for _ in range(2)} == {str(job.pk) for job in rescans}
    assert siegel("jobs", "retry", "--all").output == "1 jobs will run again.\n"
    assert queue().dequeue().args == (str(mail.pk),)
    done.refresh_from_db()
    assert (done.state, Job.objects.filter(state="failed").count()) == ("done", 0)
    assert siegel("jobs", "retry", "--all").output == "0 jobs will run again.\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["--name", "files.rescan"], ["--all", str(uuid.UUID(int=1))],
     [str(uuid.UUID(int=1)), "--name", "files.rescan"]],
)  # fmt: skip
def test_what_to_retry_must_be_clear(arguments: list[str]) -> None:
    refused = siegel("jobs", "retry", *arguments)
    assert refused.exit_code == 2
    assert "Name one job by its id, or all" in refused.output


def test_the_queue_in_figures() -> None:
    Job.objects.all().delete()  # Of what ran regularly while a server of another test stood.
    now = timezone.now()
    row("files.rescan", "waiting", run_after=now - dt.timedelta(minutes=2))
    row("files.rescan", "waiting", run_after=now + dt.timedelta(hours=1))
    row("files.rescan", "running", lease_until=now - dt.timedelta(seconds=1))
    row("files.rescan", "running", lease_until=now + dt.timedelta(hours=1))
    row("mail.send", "waiting", run_after=now + dt.timedelta(hours=1))
    found = [json.loads(line) for line in siegel("jobs", "queue", "--json").stdout.splitlines()]
    figures = {(f["name"], f["state"]): (f["count"], f["expired"]) for f in found}
    assert figures == {
        ("files.rescan", "running"): (2, 1), ("files.rescan", "waiting"): (2, 0),
        ("mail.send", "waiting"): (1, 0),
    }  # fmt: skip
    due = {f["name"]: f["due_seconds"] for f in found if f["state"] == "waiting"}
    assert 120 <= due["files.rescan"] < 180
    assert due["mail.send"] == 0
    told = siegel("jobs", "queue").stdout
    assert "files.rescan  running  2  -  1 leases expired\n" in told
    assert "mail.send  waiting  1  -  -\n" in told
