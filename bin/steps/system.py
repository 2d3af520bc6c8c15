"""Programs of the system that some tests drive; as root on Debian they are installed."""

import os
import shutil
import subprocess
from dataclasses import dataclass

from step import run, step


@dataclass(frozen=True)
class Program:
    """A command that shows whether a program runs, the Debian packages, the tests that need it."""

    command: tuple[str, ...]
    packages: tuple[str, ...]
    marker: str
    without: str
    # An answer to a question that installing it would ask.
    preseed: str = ""


PROGRAMS = (
    Program(
        ("chromium", "--version"),
        ("chromium", "fonts-liberation"),
        "browser",
        "journeys and accessibility in a real browser",
    ),
    Program(
        # It brings a Node.js of its own, which is linked against this.
        (".venv/bin/playwright", "--version"),
        ("libatomic1",),
        "browser",
        "journeys and accessibility in a real browser",
    ),
    Program(
        ("clamd", "--version"),
        ("clamav-daemon",),
        "clamd",
        "scanning with a real clamd",
    ),
    Program(
        ("php", "--version"),
        ("php-cli",),
        "php",
        "the sample signer in PHP",
    ),
    Program(
        ("postconf", "-d", "mail_version"),
        ("postfix",),
        "postfix",
        "sending mail through a real Postfix",
        # Else it asks how mail is to be sent, and begins to: the tests bring their own folder.
        preseed="postfix postfix/main_mailer_type select No configuration",
    ),
    Program(
        ("strace", "--version"),
        ("strace",),
        "strace",
        "the proof that each message is synced to disk",
    ),
)


def missing_programs() -> list[Program]:
    """Install what is missing when that is possible; what remains missing is said and returned."""
    missing = [program for program in PROGRAMS if not _runs(program)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        with step("System packages"):
            for program in missing:
                _answer_beforehand(program.preseed)
            _install([package for program in missing for package in program.packages])
        missing = [program for program in PROGRAMS if not _runs(program)]
    for program in missing:
        print(f"Left out: {program.without}, because {program.command[0]} does not run.")
        print(f"  As root: apt-get install {' '.join(program.packages)}")
    return missing


def _runs(program: Program) -> bool:
    # Running it is the test: a program can be on PATH and lead nowhere.
    try:
        return not subprocess.run(program.command, capture_output=True).returncode
    except OSError:
        return False


def _answer_beforehand(preseed: str) -> None:
    if preseed:
        subprocess.run(["debconf-set-selections"], input=f"{preseed}\n", text=True, check=True)


def _install(packages: list[str]) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    # The list of packages of a fresh machine is empty or old.
    run(["apt-get", "update", "--quiet"], env=environment)
    run(install, env=environment)
