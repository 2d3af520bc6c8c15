"""Who may do what: roles and permissions as names in code."""

from enum import StrEnum


class Permission(StrEnum):
    """`resource:action`."""

    CONVERSATION_READ = "conversation:read"
    SETTINGS_READ = "settings:read"
    SETTINGS_CHANGE = "settings:change"
    TRAIL_READ = "trail:read"


class Role(StrEnum):
    """What a person is in the organisation. An administrator reads content only if also adviser."""

    ADMINISTRATOR = "administrator"
    ADVISER = "adviser"
    AUDITOR = "auditor"


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(
        {Permission.SETTINGS_READ, Permission.SETTINGS_CHANGE, Permission.TRAIL_READ}
    ),
    Role.ADVISER: frozenset({Permission.CONVERSATION_READ}),
    Role.AUDITOR: frozenset({Permission.SETTINGS_READ, Permission.TRAIL_READ}),
}
