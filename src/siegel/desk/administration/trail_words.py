"""The trail in words: what is known by its name, and everything else by its code."""

from django.utils.functional import Promise
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from siegel.audit.reading import CLIENTS, Area

AREAS: dict[Area, Promise] = {
    Area.PEOPLE: _("People"),
    Area.SETTINGS: _("Settings"),
    Area.CONVERSATIONS: _("Conversations"),
    Area.FILES: _("Files"),
    Area.TRAIL: _("The trail itself"),
}
# Of the house; the trail names them so.
PROGRAMS: dict[str, Promise] = {
    "alarms": _("Alarms"),
    "anonymous": _("Somebody not signed in"),
    "clock": _("Clock, for what was put aside"),
    "notice": _("End of a notice period"),
    "mailer": _("System mail"),
    "operator": _("Operator of the installation"),
    "retention": _("Retention rule"),
    "scanner": _("Virus scanner"),
    "sign-in": _("Somebody who wanted to sign in"),
    "sweeper": _("Regular clearing up"),
}
A_CLIENT = _("A client")

ACTIONS: dict[str, Promise] = {
    "alarm.raised": _("Alarm raised"),
    "canned.deleted": _("Canned reply deleted"),
    "canned.saved": _("Canned reply saved"),
    "client.account-bound": _("Client can go on from other devices"),
    "client.joined": _("Client joined a conversation to their account"),
    "client.link-made": _("Link for a client's device made"),
    "client.not-joined": _("Client left a conversation apart from their account"),
    "client.passkey-added": _("Passkey of a client added"),
    "client.passkey-removed": _("Passkey of a client removed"),
    "client.sign-ins-ended": _("All sign-ins of a client ended"),
    "client.signed-in": _("Client signed in"),
    "client.signed-out": _("Client signed out"),
    "client-key.sign-ins-ended": _("Sign-ins by a key that names clients ended"),
    "client-key.added": _("Key that names clients added"),
    "client-key.withdrawn": _("Key that names clients withdrawn"),
    "contact.blocked": _("Client blocked"),
    "contact.changed": _("Contact details corrected"),
    "contact.merged": _("Contacts merged"),
    "contact.split": _("Contacts split"),
    "contact.unblocked": _("Client no longer blocked"),
    "conversation.assigned": _("Conversation taken over"),
    "conversation.blocked": _("Conversation ended by a block"),
    "conversation.contact": _("Client said how to be reached"),
    "conversation.contact-changed": _("Contact details corrected"),
    "conversation.file": _("State of a file told"),
    "conversation.freed": _("Conversation left to whoever takes it"),
    "conversation.handed-over": _("Conversation handed over"),
    "conversation.held": _("Legal hold set"),
    "conversation.hold-lifted": _("Legal hold lifted"),
    "conversation.identity-asked": _("Proof of identity asked for"),
    "conversation.identity-confirmed": _("Identity confirmed by a code"),
    "conversation.identity-failed": _("Proof of identity failed"),
    "conversation.joined": _("Client joined a conversation to their account"),
    "conversation.labelled": _("Label given"),
    "conversation.merged": _("Contacts merged"),
    "conversation.message": _("Message sent"),
    "conversation.link-made": _("Link for a client's device made"),
    "conversation.not-joined": _("Client left a conversation apart from their account"),
    "conversation.note": _("Internal note written"),
    "conversation.reopened": _("Conversation reopened"),
    "conversation.resolved": _("Conversation resolved"),
    "conversation.snoozed": _("Conversation put aside"),
    "conversation.split": _("Contacts split"),
    "conversation.started": _("Conversation begun"),
    "conversation.unblocked": _("Client no longer blocked"),
    "conversation.unlabelled": _("Label taken away"),
    "conversation.unsent": _("Answer that could not be sent"),
    "conversation.woken": _("Conversation no longer put aside"),
    "device.forgotten": _("Browser no longer trusted"),
    "device.trusted": _("Browser trusted"),
    "factor.added": _("Second factor added"),
    "factor.refused": _("Proof refused"),
    "factor.removed": _("Second factor removed"),
    "factor.renamed": _("Second factor renamed"),
    "file.deleted": _("File deleted"),
    "file.opened": _("File opened"),
    "file.policy-changed": _("Accepted files changed"),
    "file.received": _("File received"),
    "file.refused": _("File refused"),
    "file.scanned": _("File scanned again"),
    "invitation.renewed": _("Invitation renewed"),
    "invitation.withdrawn": _("Invitation withdrawn"),
    "label.created": _("Label created"),
    "label.deleted": _("Label deleted"),
    "label.renamed": _("Label renamed"),
    "mail.failed": _("E-mail not delivered"),
    "mail.tried-again": _("E-mail tried again"),
    "organisation.exported": _("Everything of the organisation exported"),
    "organisation.sessions-ended": _("Everybody signed out"),
    "organisation.shell-opened": _("Data looked into by the operator"),
    "password-policy.changed": _("Rules for passwords changed"),
    "password-policy.proposed": _("Weaker rules for passwords proposed"),
    "password-policy.withdrawn": _("Proposed rules for passwords withdrawn"),
    "person.changed": _("Name or roles of a person changed"),
    "person.confirmed": _("Person confirmed who they are"),
    "person.conversations-freed": _("Resolved conversations of a person left to all"),
    "person.created": _("Person created"),
    "person.deactivated": _("Person deactivated"),
    "person.factors-reset": _("Second factors of a person reset"),
    "person.imported": _("Person taken over from another system"),
    "person.invited": _("Person invited"),
    "person.password-changed": _("Password changed"),
    "person.password-reset": _("New password chosen by a link"),
    "person.reset-asked": _("Link for a new password asked for"),
    "person.reset-started": _("Link for a new password made for somebody"),
    "person.reactivated": _("Person reactivated"),
    "person.signed-in": _("Signed in"),
    "person.signed-out": _("Signed out"),
    "person.sessions-ended": _("Person signed out"),
    "recovery-code.used": _("Recovery code used"),
    "recovery-codes.made": _("New recovery codes made"),
    "retention.deleted": _("Conversation deleted by the retention rule"),
    "retention.ran": _("Retention rule carried out"),
    "session.ended": _("Session ended"),
    "sign-in.refused": _("Sign-in refused"),
    "sign-in.throttled": _("Sign-ins slowed down"),
    "settings.changed": _("Setting changed"),
    "team.created": _("Team created"),
    "team.default-changed": _("Team of new conversations changed"),
    "team.deleted": _("Team deleted"),
    "team.member-added": _("Member of a team added"),
    "team.member-removed": _("Member of a team removed"),
    "team.renamed": _("Team renamed"),
    "trail.exported": _("Trail exported"),
    "trail.verified": _("Trail verified"),
}

_FACTS: dict[str, Promise] = {
    "action": _("action"),
    "algorithm": _("algorithm"),
    "area": _("area"),
    "bad": _("first bad number"),
    "before": _("before"),
    "browser": _("browser"),
    "code": _("reason"),
    "conversations": _("conversations"),
    "deleted": _("deleted"),
    "device": _("device"),
    "encrypted_archives": _("archives with a password"),
    "factor": _("proof"),
    "factors": _("second factors"),
    "failed": _("failed"),
    "fault": _("fault"),
    "fields": _("fields"),
    "files": _("files"),
    "filters": _("filters"),
    "format": _("format"),
    "holds": _("holds"),
    "invitation": _("invitation"),
    "kid": _("id of the key"),
    "kind": _("kind"),
    "kinds": _("kinds of files"),
    "left": _("left"),
    "largest_bytes": _("largest file in bytes"),
    "messages": _("with messages"),
    "new": _("new"),
    "now": _("now"),
    "old": _("old"),
    "on": _("switched on"),
    "passkey": _("passkey"),
    "person": _("person"),
    "policy": _("version of the rules for passwords"),
    "reason": _("reason"),
    "refusal": _("refusal"),
    "resolved_at": _("resolved at"),
    "roles": _("roles"),
    "rows": _("rows"),
    "rule": _("rule in days"),
    "scan": _("scan"),
    "scope": _("conversation"),
    "seq": _("event"),
    "session": _("session"),
    "sessions": _("sessions"),
    "sha256": _("SHA-256"),
    "signature": _("found"),
    "since": _("from"),
    "size": _("bytes"),
    "subject": _("subject"),
    "teams": _("teams"),
    "tenant_bytes": _("of the organisation in all, in bytes"),
    "to": _("to team"),
    "until": _("until"),
    "version": _("version"),
    "visitor_bytes": _("of one client in all, in bytes"),
    "who": _("who"),
    "with": _("with contact"),
    "zone": _("time zone"),
}
_KINDS: dict[str, Promise] = {
    "person": _("Person"),
    "team": _("Team"),
    "invitation": _("Invitation"),
    "file": _("File"),
    "upload": _("Upload"),
    "canned": _("Canned reply"),
    "contact": _("Client"),
    "client-key": _("Key that names clients"),
    "label": _("Label"),
    "mail": _("E-mail"),
    "control": _("Claim"),
    "session": _("Session"),
    "setting": _("Setting"),
    "sign-in": _("Sign-in"),
    "password-policy": _("Rules for passwords"),
    "conversation": _("Conversation"),
    "files": _("Files"),
    "organisation": _("Organisation"),
    "trail": _("Trail"),
}


def action_in_words(action: str) -> str:
    """What was done; an action that is not known here is its code."""
    return str(ACTIONS.get(action, action))


def actor_in_words(actor: str) -> str:
    """Who did it, if it was nobody of the organisation."""
    if actor.startswith(CLIENTS):
        return str(A_CLIENT)
    return str(PROGRAMS.get(actor, actor))


def subject_in_words(kind: str) -> str:
    """What sort of thing an identifier is of, by what stands before it."""
    return str(_KINDS.get(kind, kind))


def facts_in_words(detail: object) -> list[tuple[str, str]]:
    """The detail of a row as names and values; what is nested becomes one list."""
    if not isinstance(detail, dict):
        return [] if detail is None else [("", str(detail))]
    return [(str(_FACTS.get(name, name)), _value(value)) for name, value in detail.items()]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return now("yes") if value else now("no")
    if value is None or value in ("", [], {}):
        return "-"
    if isinstance(value, list):
        return ", ".join(_value(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {text}" for name, text in facts_in_words(value))
    return str(value)
