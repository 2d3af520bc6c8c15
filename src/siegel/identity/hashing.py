"""How passwords are stored."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Argon2id (RFC 9106) with OWASP's parameters: 19 MiB, two passes, one lane.

    Django's default takes 100 MiB per sign-in, which makes fifty sign-ins at once a way to fill
    the memory of the machine.
    """

    memory_cost = 19456
    time_cost = 2
    parallelism = 1
