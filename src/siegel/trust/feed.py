"""Changes of state as an Atom feed (RFC 4287)."""

import datetime as dt
import uuid
from collections.abc import Iterable

from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _

from siegel.claims.state import State
from siegel.tenancy.context import ServedTenant
from siegel.trust.models import StateChange
from siegel.trust.page import SIGNS, in_language
from siegel.trust.standing import Group

ENTRIES = 100
# The tag of an address needs a year in which its owner had it (RFC 4151); ours need any one only.
YEAR = 2026
BEFORE_ANY_CHANGE = dt.datetime(YEAR, 1, 1, tzinfo=dt.UTC)


class Changes(Atom1Feed):
    """Django's feed, whose time is that of the newest change also when there is none."""

    def latest_post_date(self) -> dt.datetime:
        """When something changed last; Django's would be now, and never the same."""
        dates = [item["updateddate"] for item in self.items]
        return max(dates, default=BEFORE_ANY_CHANGE)


def feed_of_changes(
    tenant: ServedTenant, groups: Iterable[Group], name: str, origin: str, language: str
) -> bytes:
    """The newest changes of the installation's rows and of this tenant's, in UTF-8.

    Ids do not change with the language, and tell nothing of how many changes others had.
    """
    page = origin + reverse("trust:trust")
    texts = {
        standing.claim.id: in_language(standing.claim.claim, language)
        for group in groups
        for standing in group.standings
    }
    feed = Changes(
        title=_("%(name)s: changes of what is claimed") % {"name": name},
        link=f"{page}?lang={language}",
        description=None,
        language=language,
        author_name=name,
        feed_url=f"{origin}{reverse('trust:feed')}?lang={language}",
        feed_guid=f"tag:{tenant.host},{YEAR}:trust",
    )
    changes = StateChange.objects.filter(tenant__in=["", tenant.id])
    for change in changes.order_by("-at", "-pk")[:ENTRIES]:
        # Of what is not claimed any more there is no row.
        anchor = f"#{change.control}" if change.control in texts else ""
        feed.add_item(
            title=f"{change.control}: {_word(change.before)} → {_word(change.after)}",
            link=f"{page}?lang={language}{anchor}",
            description=escape(texts.get(change.control, "")),
            unique_id=_id(tenant, change),
            updateddate=change.at,
        )
    return feed.writeString("utf-8").encode()


def _word(state: str) -> str:
    # Before the first run nothing is known.
    return str(SIGNS[State(state or State.UNKNOWN)].word)


def _id(tenant: ServedTenant, change: StateChange) -> str:
    told = f"{tenant.host} {change.control} {change.at.isoformat()} {change.before} {change.after}"
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, told)}"
