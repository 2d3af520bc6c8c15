"""Django's SECRET_KEY as an object: another key for each tenant that is served."""

from siegel.tenancy.context import served


class TenantSecretKey:
    """Derives the signing key from the tenant being served, when Django asks for its bytes.

    With one key for all, a reset token or a signed ticket of one tenant would be valid at the
    next. Without a tenant there is no key: NoTenantServed.
    """

    def __str__(self) -> str:
        from siegel.vault import keyring  # Reads Django's settings, which name this class.

        return keyring.derive(served().id, "signing").hex()

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return 64

    def __repr__(self) -> str:
        return "<derived for each tenant>"
