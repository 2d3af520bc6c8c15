"""The passwords that are tried first everywhere: Django's list (20,000) and zxcvbn's (30,000)."""

from functools import lru_cache

from django.contrib.auth.password_validation import CommonPasswordValidator


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    """All of them in small letters, about 40,000; read when somebody first chooses a password."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    listed = {*CommonPasswordValidator().passwords, *FREQUENCY_LISTS["passwords"]}
    return frozenset(word.casefold() for word in listed)
