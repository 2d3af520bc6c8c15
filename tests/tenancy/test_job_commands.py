"""What an operator sees of jobs, and starting one again."""

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
