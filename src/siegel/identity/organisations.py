"""What a new tenant is furnished with."""

import re

from siegel.identity.models import Organisation
from siegel.identity.office_hours import OfficeHours, as_stored

PRIVACY_NOTICE = """\
Was Sie hier schreiben, wird verschlüsselt übertragen und in einer eigenen, verschlüsselten \
Datenbank dieser Organisation gespeichert. Es dient der Beantwortung Ihrer Anfrage.

What you write here is transmitted encrypted and stored in this organisation's own encrypted \
database. It serves to answer your request.
"""
IMPRINT = """\
{name}
"""


ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


class NotAnOrigin(ValueError):
    """A page origin is not scheme, host and port; it would end up in a security header."""


def furnish(
    name: str,
    *,
    privacy_notice: str = "",
    imprint: str = "",
    office_hours: OfficeHours | None = None,
    page_origins: list[str] | None = None,
) -> Organisation:
    """Write the organisation's row; texts that are left out get a short default.

    Raises NotAnOrigin.
    """
    for origin in page_origins or []:
        if not ORIGIN.fullmatch(origin):
            raise NotAnOrigin(
                f"{origin!r} is not an origin: give one like https://www.bank.example, without "
                "a path."
            )
    return Organisation.objects.create(
        name=name,
        privacy_notice=privacy_notice or PRIVACY_NOTICE,
        imprint=imprint or IMPRINT.format(name=name),
        office_hours=as_stored(office_hours) if office_hours else {},
        page_origins=page_origins or [],
    )
