"""Every address of the product, and what each of those who may ask gets for an answer.

One line per address and method. Add yours to the table of its host; tests tell which are missing,
and that every other method is refused (405). One that wants a form gets it as `form`, one that
wants JSON as `json`. What a placeholder `<...>` stands for, in an address as in what is sent, is
made by tests/security/things.py.
"""

from typing import Any, NamedTuple


class Desk(NamedTuple):
    """A line of the desk's host.

    `nobody` is the answer for a stranger, a visitor of the chat, a person of another tenant with
    their session, and somebody who was deactivated. `other` is an adviser who does not see the
    conversation that the address is about, `adviser` the one who looks after it. `colleague` is of
    that one's team: reads it, writes notes, takes it over, and leaves the rest to the adviser; 0
    stands for the same answer.
    """

    method: str
    address: str
    nobody: int
    administrator: int
    auditor: int
    other: int
    adviser: int
    form: dict[str, Any] = {}  # noqa: RUF012 - of a tuple, and nobody changes it
    json: dict[str, Any] = {}  # noqa: RUF012 - as above
    colleague: int = 0


class Chat(NamedTuple):
    """A line of the chat's host.

    `nobody` is the answer for a stranger, for people of the desk with their sessions, and for a
    visitor of another tenant; `other` is a visitor of another conversation, `visitor` the one of
    the conversation that the address is about.
    """

    method: str
    address: str
    nobody: int
    other: int
    visitor: int
    form: dict[str, Any] = {}  # noqa: RUF012 - as above
    json: dict[str, Any] = {}  # noqa: RUF012 - as above


def about_a_conversation(method: str, address: str, adviser: int, **sent: Any) -> Desk:
    """Of those who have signed in, only who sees the conversation learns that there is one."""
    return Desk(method, address, 302, 404, 404, 404, adviser, **sent)


def setting(method: str, address: str, administrator: int, **sent: Any) -> Desk:
    """Read by administrators and auditors, changed by administrators, no affair of advisers."""
    auditor = administrator if method == "GET" else 403
    return Desk(method, address, 302, administrator, auditor, 403, 403, **sent)


def change(method: str, address: str, administrator: int, **sent: Any) -> Desk:
    """A page of the administration that is there for changing something only."""
    return Desk(method, address, 302, administrator, 403, 403, 403, **sent)


def public(address: str) -> Desk:
    """The same for everybody, whoever has signed in."""
    return Desk("GET", address, 200, 200, 200, 200, 200)


CONVERSATION = "inbox/<uuid:identifier>"
CONTACT = "contacts/<uuid:contact>"
MY_SESSION = "account/devices/<uuid:session>"
MY_FACTOR = "account/factors/<uuid:factor>"
ADMINISTRATION = "administration"
PERSON = f"{ADMINISTRATION}/people/<uuid:person>"
TEAM = f"{ADMINISTRATION}/teams/<uuid:team>"
TEXT = f"{ADMINISTRATION}/texts/<uuid:identifier>"
LABEL = f"{ADMINISTRATION}/labels/<uuid:identifier>"
PROPOSAL = f"{ADMINISTRATION}/passwords/proposals/<uuid:proposal>"
TRAIL = f"{ADMINISTRATION}/trail"
RETENTION = f"{ADMINISTRATION}/retention"
CLIENTS = f"{ADMINISTRATION}/clients"
WITHDRAW_KEY = f"{CLIENTS}/keys/<uuid:identifier>/withdraw/"

INBOX = [
    Desk("GET", "", 302, 302, 302, 302, 302),
    # Without conversations for those who read none.
    Desk("GET", "inbox/", 302, 200, 200, 200, 200),
    Desk("GET", "inbox/labels/", 302, 403, 403, 200, 200),
    Desk("GET", "inbox/unsent/", 302, 403, 403, 200, 200),
    Desk("DELETE", "inbox/unsent/<uuid:key>/", 302, 403, 403, 404, 204, colleague=404),
    Desk("GET", "search/", 302, 403, 403, 200, 200),
    Desk("GET", "help/", 302, 200, 200, 200, 200),
    Desk("POST", "socket-ticket/", 302, 200, 200, 200, 200),
    about_a_conversation("GET", f"{CONVERSATION}/", 200),
    about_a_conversation("GET", f"{CONVERSATION}/header/", 200),
    about_a_conversation("GET", f"{CONVERSATION}/context/", 200),
    about_a_conversation("GET", f"{CONVERSATION}/transcript/", 200),
    about_a_conversation("GET", f"{CONVERSATION}/assignees/", 200),
    about_a_conversation("POST", f"{CONVERSATION}/assign/", 204, colleague=409),
    about_a_conversation(
        "POST",
        f"{CONVERSATION}/hand-over/",
        200,
        form={"to": "person:<adviser>", "expected": "<standing>", "note": "Bitte.", "key": "<key>"},
    ),
    about_a_conversation("POST", f"{CONVERSATION}/release/", 204, form={"expected": "<standing>"}),
    about_a_conversation(
        "POST", f"{CONVERSATION}/resolve/", 204, form={"seen": "999"}, colleague=409
    ),
    about_a_conversation("POST", f"{CONVERSATION}/reopen/", 204),
    about_a_conversation(
        "POST", f"{CONVERSATION}/snooze/", 204, form={"until": "<tomorrow>"}, colleague=409
    ),
    about_a_conversation("POST", f"{CONVERSATION}/wake/", 204, colleague=409),
    about_a_conversation("POST", f"{CONVERSATION}/label/", 204, form={"label": "<label>"}),
    about_a_conversation("POST", f"{CONVERSATION}/unlabel/", 204, form={"label": "<label>"}),
    about_a_conversation("GET", f"{CONVERSATION}/hold/", 200),
    about_a_conversation("POST", f"{CONVERSATION}/hold/", 302, form={"reason": "Klage"}),
    about_a_conversation("GET", f"{CONVERSATION}/proof/", 200),
    about_a_conversation("POST", f"{CONVERSATION}/proof/", 200, form={"how": "told"}),
    about_a_conversation("GET", f"{CONVERSATION}/client-link/", 200),
    about_a_conversation("POST", f"{CONVERSATION}/client-link/", 200),
    about_a_conversation("GET", f"{CONVERSATION}/composing/", 200),
    about_a_conversation(
        "POST",
        f"{CONVERSATION}/notes/",
        201,
        json={"key": "<key>", "body": "Ruft morgen an.", "mentions": []},
    ),
    about_a_conversation("GET", f"{CONVERSATION}/mentionable/", 200),
    about_a_conversation("POST", f"{CONVERSATION}/mentions-seen/", 204),
    about_a_conversation("GET", f"{CONVERSATION}/canned/", 200),
    about_a_conversation("GET", f"{CONVERSATION}/draft/", 200),
    about_a_conversation(
        "PUT",
        f"{CONVERSATION}/draft/",
        200,
        json={"body": "Gern", "is_note": False, "saved_at": "<saved>"},
    ),
    about_a_conversation("DELETE", f"{CONVERSATION}/draft/", 204),
    about_a_conversation("GET", f"{CONVERSATION}/pending/", 200),
    about_a_conversation(
        "POST",
        f"{CONVERSATION}/pending/",
        201,
        json={"key": "<key>", "body": "Gern.", "files": []},
        colleague=409,
    ),
    about_a_conversation("DELETE", f"{CONVERSATION}/pending/<uuid:key>/", 200, colleague=404),
    about_a_conversation("GET", f"{CONTACT}/", 200),
    about_a_conversation(
        "POST",
        f"{CONTACT}/change/",
        302,
        form={"name": "Zoé", "email": "zoe@kunde.example", "language": "de"},
    ),
    about_a_conversation("GET", f"{CONTACT}/merge/", 200),
    about_a_conversation("POST", f"{CONTACT}/merge/", 302, form={"into": "<contact>"}),
    about_a_conversation("POST", f"{CONTACT}/split/", 302),
    about_a_conversation("GET", f"{CONTACT}/block/", 200),
    about_a_conversation("POST", f"{CONTACT}/block/", 302),
    about_a_conversation("POST", f"{CONTACT}/unblock/", 302),
    about_a_conversation("GET", f"{CONTACT}/sign-ins/", 200),
    about_a_conversation("POST", f"{CONTACT}/sign-ins/", 302),
]
# One's own, whoever one is.
ACCOUNT = [
    Desk("GET", "account/", 302, 302, 302, 302, 302),
    Desk("GET", "account/password/", 302, 200, 200, 200, 200),
    Desk(
        "POST",
        "account/password/",
        302,
        422,
        422,
        422,
        422,
        form={"current": "wrong", "new": "a sentence that nobody chose"},
    ),
    Desk("POST", "account/password/judged/", 302, 200, 200, 200, 200, form={"new": "short"}),
    Desk("GET", "account/devices/", 302, 200, 200, 200, 200),
    Desk("POST", "account/devices/end-others/", 302, 302, 302, 302, 302),
    Desk("GET", "account/factors/", 302, 200, 200, 200, 200),
    # Who administers has an app, and there is one of each person.
    Desk("GET", "account/factors/app/", 302, 302, 200, 200, 200),
    Desk("POST", "account/factors/app/", 302, 302, 422, 422, 422, form={"code": "000000"}),
    Desk("GET", "account/factors/passkey/", 302, 200, 200, 200, 200),
    Desk("POST", "account/factors/passkey/", 302, 422, 422, 422, 422, form={"credential": "{}"}),
    # Codes for those who have a factor.
    Desk(
        "POST",
        "account/factors/recovery-codes/",
        302,
        200,
        302,
        302,
        200,
        form={"for": "<factor>"},
        colleague=302,
    ),
    Desk("GET", "account/confirm/", 302, 302, 302, 302, 302),
    Desk("POST", "account/confirm/", 302, 422, 422, 422, 422, form={"password": "wrong"}),
    # Of the adviser: for everybody else there is none of that id.
    Desk(
        "POST", f"{MY_FACTOR}/rename/", 302, 404, 404, 404, 302, form={"name": "N"}, colleague=404
    ),
    Desk("POST", f"{MY_FACTOR}/remove/", 302, 404, 404, 404, 302, colleague=404),
    Desk(
        "POST",
        "account/factors/trusted/<uuid:device>/forget/",
        302,
        404,
        404,
        404,
        302,
        colleague=404,
    ),
    Desk("POST", f"{MY_SESSION}/end/", 302, 404, 404, 404, 302, colleague=404),
]
ADMINISTRATIVE = [
    setting("GET", f"{ADMINISTRATION}/", 200),
    setting("GET", f"{ADMINISTRATION}/people/", 200),
    setting(
        "POST",
        f"{ADMINISTRATION}/people/",
        200,
        form={"name": "Nora Neu", "email": "<address>", "roles": ["adviser"], "teams": ["<team>"]},
    ),
    setting("GET", f"{PERSON}/", 200),
    setting("POST", f"{PERSON}/", 302, form={"name": "Zoé", "roles": ["auditor"], "teams": []}),
    change("GET", f"{ADMINISTRATION}/people/end-sessions/", 200),
    # Unconfirmed: everybody here would be signed out (tests/desk/test_sessions_of_people.py).
    change("POST", f"{ADMINISTRATION}/people/end-sessions/", 302, form={"confirmed": ""}),
    change("POST", f"{PERSON}/end-sessions/", 302),
    change("POST", f"{PERSON}/sessions/<uuid:session>/end/", 302),
    change("POST", f"{PERSON}/deactivate/", 302),
    change("POST", f"{PERSON}/reactivate/", 302),
    change("POST", f"{PERSON}/reset-factors/", 302),
    setting("GET", f"{ADMINISTRATION}/second-factors/", 200),
    setting(
        "POST",
        f"{ADMINISTRATION}/second-factors/",
        302,
        form={"part": "factors", "seen": "<seen:factors>"},
    ),
    # Without a mail server the link is in the answer.
    change("POST", f"{PERSON}/reset/", 200),
    change("POST", f"{ADMINISTRATION}/invitations/<uuid:invitation>/withdraw/", 302),
    setting("GET", f"{ADMINISTRATION}/teams/", 200),
    setting("POST", f"{ADMINISTRATION}/teams/", 302, form={"name": "<name>"}),
    change("POST", f"{ADMINISTRATION}/teams/default/", 302, form={"team": "<team>"}),
    setting("GET", f"{TEAM}/", 200),
    setting("POST", f"{TEAM}/", 302, form={"name": "<name>"}),
    change("POST", f"{TEAM}/add/", 302, form={"person": "<adviser>"}),
    change("POST", f"{TEAM}/remove/", 302, form={"person": "<adviser>"}),
    change("POST", f"{TEAM}/delete/", 302),
    setting("GET", f"{ADMINISTRATION}/passwords/", 200),
    # Without the page's fields nothing is saved.
    setting("POST", f"{ADMINISTRATION}/passwords/", 422, form={"audience": "client"}),
    change("POST", f"{ADMINISTRATION}/passwords/judged/", 200, form={"audience": "client"}),
    # Their own, to which somebody else has to agree.
    change("POST", f"{PROPOSAL}/agree/", 403, form={"audience": "client"}),
    change("POST", f"{PROPOSAL}/withdraw/", 302, form={"audience": "client"}),
    setting("GET", f"{TRAIL}/", 200),
    setting("GET", f"{TRAIL}/export/", 200),
    setting("GET", f"{TRAIL}/verify/", 200),
    # Verifying changes nothing but the trail, in which it is noted.
    Desk("POST", f"{TRAIL}/verify/", 302, 302, 302, 403, 403, form={"kept": ""}),
    setting("GET", f"{RETENTION}/", 200),
    change("POST", f"{RETENTION}/rule/", 302, form={"days": "3650", "confirmed": "yes"}),
    change("POST", f"{RETENTION}/holds/<uuid:identifier>/lift/", 302),
    change("POST", f"{ADMINISTRATION}/checklist/", 302, form={"list": "away"}),
    setting("GET", f"{ADMINISTRATION}/organisation/", 200),
    setting(
        "POST",
        f"{ADMINISTRATION}/organisation/",
        302,
        form={
            "part": "organisation",
            "seen": "<seen:organisation>",
            "name": "Die Bank",
            "languages": ["de", "en"],
            "first_language": "de",
            "privacy_notice": "Wir speichern, was Sie schreiben.",
            "imprint": "Die Bank, Am Markt 1",
        },
    ),
    setting("GET", f"{ADMINISTRATION}/office-hours/", 200),
    setting(
        "POST",
        f"{ADMINISTRATION}/office-hours/",
        302,
        form={
            "part": "hours",
            "seen": "<seen:hours>",
            "zone": "Europe/Berlin",
            "monday": "8:00–12:00, 13:00–17:30",
            "sunday": "",
            "closed": "2026-12-24",
            "office_note": "und nach Vereinbarung",
        },
    ),
    setting("GET", f"{ADMINISTRATION}/chat/", 200),
    setting(
        "POST",
        f"{ADMINISTRATION}/chat/",
        302,
        form={
            "part": "chat",
            "seen": "<seen:chat>",
            "page_origins": "https://www.bank.example",
            "undo_seconds": "10",
        },
    ),
    setting("GET", f"{CLIENTS}/", 200),
    setting("POST", f"{CLIENTS}/", 302, form={"name": "Website", "key": "<public>", "kid": ""}),
    change("GET", WITHDRAW_KEY, 200),
    change("POST", WITHDRAW_KEY, 302),
    setting("GET", f"{ADMINISTRATION}/texts/", 200),
    change("GET", f"{ADMINISTRATION}/texts/new/", 200),
    change(
        "POST",
        f"{ADMINISTRATION}/texts/new/",
        302,
        form={"shortcut": "<name>", "title": "Gruß", "body": "Guten Tag {client.name}"},
    ),
    change("GET", f"{TEXT}/", 200),
    change(
        "POST",
        f"{TEXT}/",
        302,
        form={"shortcut": "<name>", "title": "Gruß", "body": "Tag", "seen": "<seen:text>"},
    ),
    change("GET", f"{TEXT}/delete/", 200),
    change("POST", f"{TEXT}/delete/", 302),
    setting("GET", f"{ADMINISTRATION}/labels/", 200),
    change("POST", f"{ADMINISTRATION}/labels/new/", 302, form={"names": "<name>"}),
    change("GET", f"{LABEL}/", 200),
    change("POST", f"{LABEL}/", 302, form={"name": "<name>"}),
    change("GET", f"{LABEL}/delete/", 200),
    change("POST", f"{LABEL}/delete/", 302),
    setting("GET", f"{ADMINISTRATION}/mail/", 200),
    setting(
        "POST",
        f"{ADMINISTRATION}/mail/",
        302,
        form={
            "part": "mail",
            "seen": "<seen:mail>",
            "mail_sender": "Die Bank",
            "mail_answers": "on",
        },
    ),
    change("POST", f"{ADMINISTRATION}/mail/test/", 302),
    change("POST", f"{ADMINISTRATION}/mail/<uuid:notice>/again/", 302),
    setting("GET", f"{ADMINISTRATION}/figures/", 200),
    setting("POST", f"{ADMINISTRATION}/figures/", 302, form={"switch": "on", "confirmed": "on"}),
]
DESK = INBOX + ACCOUNT + ADMINISTRATIVE
# Of the desk's host, for people who are not signed in as well: these say so one by one.
ANONYMOUS = [
    Desk("GET", "sign-in/", 200, 302, 302, 302, 302),
    Desk(
        "POST", "sign-in/", 200, 302, 302, 302, 302, form={"login": "a@b.example", "password": ""}
    ),
    Desk("GET", "sign-in/second-step/", 302, 302, 302, 302, 302),
    Desk("POST", "sign-in/second-step/", 302, 302, 302, 302, 302, form={"code": "000000"}),
    Desk("GET", "sign-in/passkey/", 302, 302, 302, 302, 302),
    Desk("POST", "sign-in/passkey/", 302, 302, 302, 302, 302, form={"credential": "{}"}),
    Desk("GET", "sign-out/", 302, 200, 200, 200, 200),
    Desk("POST", "sign-out/", 302, 302, 302, 302, 302),
    Desk("GET", "switched-off/", 200, 200, 200, 200, 200),
    Desk("GET", "invitation/", 200, 200, 200, 200, 200),
    # Who holds the token is the one who is asked for a password, whoever is signed in there.
    Desk("POST", "invitation/", 200, 200, 200, 200, 200, form={"token": "<token>"}),
    Desk("GET", "forgotten/", 200, 200, 200, 200, 200),
    Desk("POST", "forgotten/", 200, 200, 200, 200, 200, form={"email": "a@b.example"}),
    Desk("GET", "reset/", 200, 200, 200, 200, 200),
    # As an invitation's.
    Desk("POST", "reset/", 200, 200, 200, 200, 200, form={"token": "<reset>"}),
    Desk("GET", "logo/", 200, 200, 200, 200, 200),
    Desk("POST", "language/", 302, 302, 302, 302, 302, form={"language": "de", "next": "/"}),
    public("trust/"),
    public("trust/claims.json"),
    public("trust/claims/<slug:claim>.json"),
    public("trust/feed.atom"),
    public("trust/heads"),
    public("trust/evidence"),
    public("trust/verify.py"),
]
# These may be kept by browsers and by what lies between.
KEPT = {"logo/"} | {line.address for line in ANONYMOUS if line.address.startswith("trust/")}
# allauth's own views answer every method; what they do with them is their affair.
ANSWERS_EVERY_METHOD = {"sign-in/", "sign-out/", "switched-off/"}
# Reading the trail is in it, whoever reads; and that somebody has left, whoever they are.
NOTED_IN_THE_TRAIL = {("GET", f"{TRAIL}/export/"), ("POST", "sign-out/")}
# That somebody has failed to prove who they are is noted.
REFUSALS_ARE_NOTED = {("POST", "account/confirm/"), ("POST", "account/password/")}

CHAT = [
    Chat("GET", "", 200, 200, 200),
    Chat("GET", "privacy/", 200, 200, 200),
    Chat("GET", "imprint/", 200, 200, 200),
    Chat("GET", "logo", 200, 200, 200),
    Chat("GET", "visit", 200, 200, 200),
    # Without the header that only our own page sends.
    Chat("POST", "visit", 403, 403, 403, json={"language": "de"}),
    Chat("POST", "contact", 403, 403, 403, json={"name": "Zoé", "email": "zoe@kunde.example"}),
    Chat("GET", "transcript", 404, 200, 200),
    Chat("POST", "recognise", 403, 403, 403, json={"token": "<client token>"}),
    # Of whoever has signed in: tests/widget/test_recognising.py.
    Chat("GET", "devices", 404, 404, 404),
    Chat("POST", "devices/end", 403, 403, 403, json={"device": "<key>"}),
    Chat("POST", "sign-out", 403, 403, 403),
    Chat("POST", "links", 403, 403, 403, json={"email": "zoe@kunde.example"}),
    Chat("GET", "continue", 200, 200, 200),
    # Whoever holds both is who they are: tests/widget/test_continuing.py.
    Chat("POST", "links/open", 403, 403, 403, json={"token": "x", "code": "12345678"}),
    Chat("POST", "join", 403, 403, 403, json={"join": True}),
    # Of whoever has signed in, or holds one: tests/widget/test_client_passkeys.py.
    *(
        Chat("POST", f"passkeys/{what}", 403, 403, 403)
        for what in ("new", "keep", "remove", "ask", "show")
    ),
    Chat("POST", "proof", 403, 403, 403, json={"code": "12345678"}),
]

# Below /files/, answered without Django on both hosts: (method, address, as the desk's table),
# then (as the chat's table). `<file>` was sent by the client, `<upload>` is one's own.
FILES: list[tuple[str, str, tuple[int, int, int, int, int], tuple[int, int, int]]] = [
    ("GET", "limits", (404, 404, 404, 200, 200), (200, 200, 200)),
    ("POST", "uploads", (404, 404, 404, 404, 201), (404, 404, 201)),
    ("GET", "uploads/<upload>", (404, 404, 404, 404, 200), (404, 404, 200)),
    ("PUT", "uploads/<upload>/1", (404, 404, 404, 404, 204), (404, 404, 204)),
    ("POST", "uploads/<upload>/complete", (404, 404, 404, 404, 422), (404, 404, 422)),
    ("DELETE", "uploads/<upload>", (404, 404, 404, 404, 204), (404, 404, 204)),
    ("GET", "<file>", (404, 404, 404, 404, 200), (404, 404, 200)),
    ("GET", "<file>/preview", (404, 404, 404, 404, 200), (404, 404, 200)),
    ("GET", "<file>/pages/1", (404, 404, 404, 404, 404), (404, 404, 404)),
    # Not even the client takes back what an adviser may have relied on.
    ("DELETE", "<file>", (404, 404, 404, 404, 204), (404, 404, 404)),
]
# The socket at /live: whether it says `ready`, or the number with which it closes.
SOCKET = {
    "desk": (4401, 4401, 4401, 0, 0),
    "chat": (4401, 0, 0),
}
