"""The passwords that are tried first everywhere: Django's list (20,000) and zxcvbn's (30,000)."""

from collections.abc import Container
from functools import lru_cache

from django.contrib.auth.password_validation import CommonPasswordValidator

from siegel.identity.blocklist_file import Listed, blocklist_file


def common_passwords() -> Container[str]:
    """All of them in small letters, and those of the installation's own file if it has one."""
    file = blocklist_file()
    return Listed(built_in(), file) if file else built_in()


@lru_cache(maxsize=1)
def built_in() -> frozenset[str]:
    """About 40,000; read when somebody first chooses a password."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    listed = {*CommonPasswordValidator().passwords, *FREQUENCY_LISTS["passwords"]}
    return frozenset(word.casefold() for word in listed)
