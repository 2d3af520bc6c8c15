"""Who may do what: roles and permissions as names in code."""

from enum import StrEnum


class Permission(StrEnum):
    """`resource:action`."""

    CONVERSATION_READ = "conversation:read"


class Role(StrEnum):
    """What a person is in the organisation. An administrator reads content only if also adviser."""

    ADMINISTRATOR = "administrator"
    ADVISER = "adviser"


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(),
    Role.ADVISER: frozenset({Permission.CONVERSATION_READ}),
}
