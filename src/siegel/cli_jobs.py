"""The operator's view of jobs: what waits, what failed for good, and starting it again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import click

Prepare = Callable[[], Path | None]
as_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")


@click.group()
def jobs() -> None:
    """See what runs later or regularly, and start again what has failed."""


@jobs.command("list")
@click.option("--state", type=click.Choice(["waiting", "running", "done", "failed"]))
@as_json_option
@click.pass_obj
def list_jobs(prepare: Prepare, state: str | None, as_json: bool) -> None:
    """List jobs, oldest first: id, name, state, attempts, tenant's id, class of the last error."""
    from siegel.tenancy.models import Job

    prepare()
    found = Job.objects.filter(state=state) if state else Job.objects.all()
    for job in found.iterator():
        _say(_row(job), as_json=as_json)


@jobs.command()
@click.argument("job_id", metavar="ID", type=click.UUID)
@as_json_option
@click.pass_obj
def show(prepare: Prepare, job_id: UUID, as_json: bool) -> None:
    """Show everything that is known of one job; its arguments are ids and numbers."""
    from siegel.tenancy.models import Job

    prepare()
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise click.ClickException(f"There is no job {job_id}.")
    facts = _row(job) | {
        "arguments": job.arguments,
        "created_at": _time(job.created_at),
        "lease_until": _time(job.lease_until),
        "finished_at": _time(job.finished_at),
    }
    if as_json:
        click.echo(json.dumps(facts))
        return
    for name, value in facts.items():
        click.echo(f"{name}: {'-' if value in ('', None) else value}")


@jobs.command()
@as_json_option
@click.pass_obj
def dead(prepare: Prepare, as_json: bool) -> None:
    """Count dead letters by name: what failed at every attempt; exit code 1 if there are any."""
    from siegel.tenancy.job_figures import dead_letters

    prepare()
    found = dead_letters()
    for letters in found:
        facts = {
            "name": letters.name,
            "count": letters.count,
            "errors": letters.errors,
            "oldest": _time(letters.oldest),
        }
        told = {**facts, "errors": ", ".join(letters.errors)}
        _say(facts if as_json else told, as_json=as_json)
    if found:
        click.echo("Start them again with: siegel jobs retry --all [--name NAME]", err=True)
        raise SystemExit(1)
    click.echo("There are no dead letters.", err=True)


@jobs.command("queue")
@as_json_option
@click.pass_obj
def queue_(prepare: Prepare, as_json: bool) -> None:
    """Count jobs by name and state; how long the oldest is due, whose lease has expired."""
    from django.utils import timezone

    from siegel.tenancy.job_figures import queue_figures

    prepare()
    for figures in queue_figures(timezone.now()):
        facts: dict[str, Any] = {
            "name": figures.name,
            "state": figures.state,
            "count": figures.count,
            "due_seconds": figures.due_seconds,
            "expired": figures.expired,
        }
        told = {
            **facts,
            "due_seconds": f"due for {figures.due_seconds} s" if figures.due_seconds else "",
            "expired": f"{figures.expired} leases expired" if figures.expired else "",
        }
        _say(facts if as_json else told, as_json=as_json)


@jobs.command()
@click.argument("job_id", metavar="[ID]", type=click.UUID, required=False)
@click.option("--all", "is_all", is_flag=True, help="Every dead letter.")
@click.option("--name", help="With --all: only those of this name.")
@click.pass_obj
def retry(prepare: Prepare, job_id: UUID | None, is_all: bool, name: str | None) -> None:
    """Start a failed job again, or all of them, with all their attempts."""
    from siegel.tenancy.job_figures import replay
    from siegel.tenancy.jobs import retry_failed

    if is_all == (job_id is not None) or (name is not None and not is_all):
        raise click.UsageError("Name one job by its id, or all with --all, or --all --name NAME.")
    prepare()
    if job_id is None:
        click.echo(f"{replay(name)} jobs will run again.")
        return
    if not retry_failed(job_id):
        raise click.ClickException(f"There is no job {job_id} that has failed.")
    click.echo(f"{job_id} will run again.")


def _row(job: Any) -> dict[str, Any]:
    return {
        "id": str(job.pk),
        "name": job.name,
        "state": job.state,
        "attempts": job.attempts,
        "tenant": job.tenant,
        "last_error": job.last_error,
        "run_after": _time(job.run_after),
    }


def _time(at: Any) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _say(row: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(row))
    else:
        click.echo("  ".join("-" if v in ("", None) else str(v) for v in row.values()))
