"""Everybody who may ask for an address, each with the cookie of theirs."""

from django.conf import settings
from django.test import Client

from siegel.identity.logos import keep_logo
from siegel.identity.models import Membership, Person
from siegel.identity.roles import Role
from siegel.tenancy.context import serving
from siegel.widget.visiting import COOKIE
from tests.cast import Organisation
from tests.conversations.conversing import session_of
from tests.security.things import conversation_of_ada, team_of_ada

SESSION = settings.SESSION_COOKIE_NAME


class Scene:
    """Two organisations, and at one of them a conversation that Ada looks after.

    `desk` and `chat` are the cookies of all who ask at these hosts, in the order of the columns of
    tests/security/addresses.py; several of them may be in one column. `colleague` is the one of
    somebody in Ada's team, `all_roles` of another one who has every role there is. `foreign` is a
    conversation of the other organisation, of its Ada.
    """

    def __init__(self, bank: Organisation, insurer: Organisation) -> None:
        self.bank, self.insurer = bank, insurer
        self.foreign = conversation_of_ada(insurer)
        self._foreign_visitor = f"{COOKIE}={insurer._visitors[self.foreign.pk]}"
        self._auditor = bank.hire("Ola Öz", Role.AUDITOR)
        self._gone = bank.hire("Dora Dorn", Role.ADVISER, Role.ADMINISTRATOR, Role.AUDITOR)
        self._tom = bank.hire("Tom Tanner", Role.ADVISER)
        self._zoe = bank.hire("Zoe Zander", *Role)
        with serving(bank.tenant):
            for person in (self._tom, self._zoe):
                Membership.objects.create(team=team_of_ada(), person=person)
            keep_logo(b"of any bytes", 1, 1)
        self.sign_in()
        self.begin()

    def sign_in(self) -> None:
        """A session of everybody; also again, since an address of the product ends them."""
        bank, insurer = self.bank, self.insurer
        gone = self._gone.pk
        with serving(bank.tenant):
            Person.objects.filter(pk=gone).update(is_active=True)
        people = (bank.ada, bank.ben, bank.mia, self._auditor, self._tom, self._zoe, self._gone)
        self._sessions = {person.pk: _cookie(bank, person) for person in people}
        with serving(bank.tenant):
            # Whose session is still there: that alone must open nothing.
            Person.objects.filter(pk=gone).update(is_active=False)
        self._foreign = [_cookie(insurer, person) for person in (insurer.ada, insurer.mia)]

    def begin(self) -> None:
        """A conversation on which nobody has done anything yet."""
        bank, of = self.bank, self._sessions
        self.conversation = conversation_of_ada(bank)
        visitor = f"{COOKIE}={bank._visitors[self.conversation.pk]}"
        self.colleague, self.all_roles = of[self._tom.pk], of[self._zoe.pk]
        self.desk = {
            "nobody": ["", visitor, self._foreign_visitor, *self._foreign, of[self._gone.pk]],
            "administrator": [of[bank.mia.pk]],
            "auditor": [of[self._auditor.pk]],
            "other": [of[bank.ben.pk]],
            "adviser": [of[bank.ada.pk]],
        }
        self.chat = {
            "nobody": ["", self._foreign_visitor, *of.values(), *self._foreign],
            "other": [self._visit(bank)],
            "visitor": [visitor],
        }

    def client(self, host: str, cookie: str) -> Client:
        client = Client(headers={"host": host})
        if cookie:
            name, _, value = cookie.partition("=")
            client.cookies[name] = value
        return client

    def _visit(self, organisation: Organisation) -> str:
        return f"{COOKIE}={organisation._visitors[organisation.conversation().pk]}"


def _cookie(organisation: Organisation, person: Person) -> str:
    return f"{SESSION}={session_of(organisation, person)}"
