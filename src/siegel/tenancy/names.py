"""Names that must never be the same for two tenants, made here and nowhere else."""

from siegel.tenancy.context import served


def tenant_scoped(kind: str, name: str = "") -> str:
    """The name of a lock, a bus topic or an object prefix of the tenant being served."""
    return f"{served().id}:{kind}:{name}"


def cache_key(key: str, prefix: str, version: int) -> str:
    """Django's KEY_FUNCTION; the cache table lies in the tenant's database besides."""
    return tenant_scoped("cache", f"{prefix}:{version}:{key}")
