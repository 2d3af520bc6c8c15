"""Looking at how tokens are made and kept: of a probe each kind, of every tenant each row."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import reduce
from operator import or_
from unittest import mock

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.apps import apps
from django.utils import timezone
from django.utils.crypto import salted_hmac

from siegel.claims.control import Finding, Text
from siegel.claims.planting import each_noticed
from siegel.conversations.client_links import mail_link
from siegel.conversations.models import Conversation
from siegel.identity import inviting, letters, mailing, resetting, tokens
from siegel.identity.client_keys import add_key
from siegel.identity.mailing import Letter, Notice
from siegel.identity.models import Invitation, Organisation, QueuedNotice, Token
from siegel.identity.tokens import Kind, NotHeld
from siegel.tenancy.context import ServedTenant, serving
from siegel.tenancy.probes import examined_tenants
from siegel.tenancy.separation import knows
from siegel.trust.checks.scene import Scene, scenes
from siegel.vault import keyring

Plant = Callable[[Scene], AbstractContextManager[object]]
FEWEST_BITS = 128
# Of so many, a bit of chance is the same in all of them once in 128 times.
OF_EACH_KIND = 8
LINKS = (Notice.INVITATION, Notice.PASSWORD_RESET, Notice.CLIENT_LINK)
LONGEST = dt.timedelta(days=366)
DIGEST = re.compile(r"[0-9]+\$[0-9a-f]{32}\$[0-9a-f]{64}")
EARLIER_DIGEST = re.compile(r"[0-9a-f]{64}")


def examine_tokens(plant: Plant = nullcontext) -> Finding:
    """Make tokens of every kind at a probe and look at what becomes of them; read all rows.

    `plant` is given the probe, and breaks what is examined for the length of its block.
    """
    with scenes(str) as (scene, _), plant(scene):
        faults = [fault for kind in Kind for fault in _of_kind(scene.tenant, kind)]
        faults += _of_clients(scene)
        faults += _of_links(scene)
        with serving(scene.tenant):
            key = keyring.derive(scene.tenant.id, f"token-digest-{tokens.KEY}")
        if any(knows(scene.tenant, spelled) for spelled in _spelled(key)):
            faults.append("the key of the HMAC stands in the database")
        rows = 0
        for tenant in examined_tenants():
            with serving(tenant):
                found = list(_census())
            rows += len(found)
            faults += [f"{tenant.id}: {fault}" for fault in found if fault]
    made = len(Kind) * OF_EACH_KIND + 2 + len(LINKS)
    what = Text(
        f"{made} neue Token von {len(Kind) + 2} Arten und {rows} gespeicherte",
        f"{made} new tokens of {len(Kind) + 2} kinds and {rows} stored ones",
    )
    return Finding(made + rows, what, tuple(faults))


def _of_kind(tenant: ServedTenant, kind: Kind) -> Iterator[str]:
    name = f"a token for {kind.name.lower().replace('_', ' ')}"
    with serving(tenant):
        made = [tokens.issue(kind, lifetime=dt.timedelta(hours=1)) for _ in range(OF_EACH_KIND)]
        chances = [tokens.chance_in(text) for text in made]
        # What is the same in all of them is no chance, however long it is.
        bits = reduce(or_, (chance ^ chances[0] for chance in chances)).bit_count()
        if bits < FEWEST_BITS:
            yield f"{name} holds {bits} bits of chance"
        if len(set(chances)) < OF_EACH_KIND:
            yield f"{name} is made twice"
        text = made[0]
        row = tokens.find(kind, text)
        secret = _secret_of(text)
        if row.digest != _recomputed(tenant, row, secret):
            yield f"{name} is not stored as its HMAC"
        if knows(tenant, secret):
            yield f"{name} stands in the database"
        tokens.use(row)
        row.refresh_from_db()
        if row.last_used_at is None:
            yield f"the use of {name} is not kept"
        if not _ends(kind, made[1]):
            yield f"{name} opens something after its end"


def _ends(kind: Kind, text: str) -> bool:
    row = tokens.find(kind, text)
    now = timezone.now()
    past = {"created_at": now - dt.timedelta(hours=2), "expires_at": now - dt.timedelta(hours=1)}
    Token.objects.filter(pk=row.pk).update(**past)
    try:
        tokens.find(kind, text)
    except NotHeld:
        return True
    return False


def _recomputed(tenant: ServedTenant, row: Token, secret: str) -> str:
    """What is to be stored of a token, by this module's own reckoning (RFC 2104)."""
    number, salt, *_ = [*row.digest.split("$"), ""]
    key = keyring.derive(tenant.id, f"token-digest-{number}")
    text = f"{row.kind}${salt}${secret}".encode()
    return f"{number}${salt}${hmac.new(key, text, hashlib.sha256).hexdigest()}"


def _of_clients(scene: Scene) -> Iterator[str]:
    """The cookies of clients, which are no rows of the table of tokens."""
    held = {
        "a client's cookie": (scene.visitor, "/transcript"),
        "the cookie of a client who has signed in": (_signed_in(scene), "/devices"),
    }
    visits = apps.get_model("widget", "Visit")._default_manager
    for name, (cookie, path) in held.items():
        token = cookie.partition("=")[2]
        if len(base64.urlsafe_b64decode(token + "==")) * 8 < FEWEST_BITS:
            yield f"{name} is too short"
        if knows(scene.tenant, token):
            yield f"{name} stands in the database"
        with serving(scene.tenant):
            expected = salted_hmac("siegel.visitor", token, algorithm="sha256").hexdigest()
            if not visits.filter(digest=expected).exists():
                yield f"{name} is not stored as its HMAC"
        if not _opens(scene, cookie, path):
            raise LookupError(f"{name} does not even open anything at its beginning.")
    with serving(scene.tenant):
        # Used until now: whoever never goes away is signed out at some time too.
        visits.update(started_at=timezone.now() - LONGEST, seen_at=timezone.now())
    for name, (cookie, path) in held.items():
        if _opens(scene, cookie, path):
            yield f"{name} opens something after its end"


def _opens(scene: Scene, cookie: str, path: str) -> bool:
    return scene.browser("chat", cookie).ask("GET", path).status == 200


def _signed_in(scene: Scene) -> str:
    """The cookie of a client for whom the organisation's website has signed who they are."""
    private = Ed25519PrivateKey.generate()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = private.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    with serving(scene.tenant):
        kid = add_key(scene.person, name="control", text=public).kid
    now = int(time.time())
    who = {"sub": "control", "jti": str(uuid.uuid4()), "aud": scene.tenant.host}
    signed = jwt.encode(who | {"iat": now, "exp": now + 60}, private, "EdDSA", {"kid": kid})
    chat = scene.browser("chat", "")
    answer = chat.ask("POST", "/recognise", sent={"token": signed}, headers={"x-siegel": "1"})
    ((name, value),) = answer.cookies.items()
    return f"{name}={value}"


def _of_links(scene: Scene) -> Iterator[str]:
    """Mails with links: their tokens are made when they are sent, and are kept nowhere."""
    with serving(scene.tenant), mailing.kept_for_nobody():
        client = Conversation.objects.get(pk=scene.conversation).contact
        inviting.write_to(Notice.INVITATION, Invitation.objects.filter(ended_at=None)[0])
        resetting.ask(scene.person.email)
        mail_link(client, "client@probe.invalid", "en")
        for kind in LINKS:
            letter = letters.write(QueuedNotice.objects.filter(kind=kind).latest("created_at"))
            if knows(scene.tenant, _secret_of(_link_in(letter))):
                yield f"the link of a mail ({kind}) stands in the database"


def _link_in(letter: Letter | None) -> str:
    token = letter.button[1].partition("#")[2] if letter and letter.button else ""
    if not tokens.FORM.fullmatch(token):
        raise LookupError("A mail that is to have a link has none.")
    return token


def _secret_of(text: str) -> str:
    return text[-tokens.SECRET - tokens.CHECKSUM : -tokens.CHECKSUM]


def _census() -> Iterator[str]:
    """For each row of the served tenant that stands for a token what is wrong with it, if any."""
    for row in Token.objects.iterator():
        if row.kind not in set(Kind):
            yield "a token is of an unknown kind"
        elif not DIGEST.fullmatch(row.digest):
            yield "a row holds no HMAC"
        elif row.expires_at - row.created_at > LONGEST:
            yield "a row is without an end"
        else:
            yield ""
    earlier = Invitation.objects.exclude(digest=None).values_list("digest", flat=True)
    visits = apps.get_model("widget", "Visit")._default_manager.values_list("digest", flat=True)
    for digest in (*earlier.iterator(), *visits.iterator()):
        yield "" if EARLIER_DIGEST.fullmatch(str(digest)) else "a row holds no HMAC"
    for context in QueuedNotice.objects.values_list("context", flat=True).iterator():
        if tokens.FORM.search(json.dumps(context)):
            yield "a token stands in the queue of mail"


def _spelled(key: bytes) -> list[str]:
    return [key.hex(), base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode()]


def plant_raw_tokens(scene: Scene) -> AbstractContextManager[object]:
    """Tokens that are stored as they are."""
    return mock.patch.object(tokens, "_digest", "{2}${3}${1}".format)


def plant_short_tokens(scene: Scene) -> AbstractContextManager[object]:
    """Tokens that look as long as ever, and are not."""
    return mock.patch.object(tokens, "BITS", 64)


def plant_same_tokens(scene: Scene) -> AbstractContextManager[object]:
    """Tokens that are as long as ever, and of which whoever has one has all."""
    spelled = tokens._base62

    def same(number: int, length: int) -> str:
        return spelled(2**255 if length == tokens.SECRET else number, length)

    return mock.patch.object(tokens, "_base62", same)


def plant_endless_client(scene: Scene) -> AbstractContextManager[object]:
    """A client who has signed in once and for all."""
    return mock.patch("siegel.widget.visiting.ABSOLUTE", 2 * LONGEST)


def plant_kept_link(scene: Scene) -> AbstractContextManager[object]:
    """A queue of mail that keeps what it has sent."""
    write = letters.write

    def keeping(notice: QueuedNotice) -> Letter | None:
        letter = write(notice)
        notice.context = notice.context | {"link": _link_in(letter)}
        notice.save(update_fields=["context"])
        return letter

    return mock.patch.object(letters, "write", keeping)


def plant_unhashed_tokens(scene: Scene) -> AbstractContextManager[object]:
    """Rows that hold the token and nothing else."""
    return mock.patch.object(tokens, "_digest", "{1}".format)


@contextmanager
def plant_endless_token(scene: Scene) -> Iterator[None]:
    """A token that nobody lives to see the end of."""
    with serving(scene.tenant):
        tokens.issue(Kind.TRUSTED_DEVICE, lifetime=dt.timedelta(days=36_500))
    yield


@contextmanager
def plant_key(scene: Scene) -> Iterator[None]:
    """The key beside what it is the key of."""
    with serving(scene.tenant):
        key = keyring.derive(scene.tenant.id, f"token-digest-{tokens.KEY}")
        Organisation.objects.update(office_note=key.hex())
    yield


def plant_each() -> Finding:
    """Plant every failure in turn; one that is not noticed leaves nothing noticed at all."""
    plants = {
        plant_raw_tokens: "stands in the database",
        plant_short_tokens: "bits of chance",
        plant_same_tokens: "is made twice",
        plant_unhashed_tokens: "is not stored as its HMAC",
        plant_endless_client: "who has signed in opens something after its end",
        plant_kept_link: "(client-link) stands in the database",
        plant_endless_token: "a row is without an end",
        plant_key: "the key of the HMAC stands in the database",
    }
    return each_noticed(examine_tokens, plants)
