"""How commands get a password: never as an argument, which stands in the list of processes."""

import sys

import click

FROM_STDIN = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, one line."
)


def ask(*, from_stdin: bool) -> str:
    """A password: a line of what is piped, or asked for twice."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked
