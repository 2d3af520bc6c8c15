"""What a person reads when a file is refused: what happened, what was kept, what to do."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

TEXTS = {
    # While uploading.
    "file-empty": _(
        "The file is empty. Your message is kept. Check the file on your device and choose it "
        "again."
    ),
    "file-too-large": _(
        "The file is larger than is accepted here. Your message is kept. Send a smaller version "
        "or several parts."
    ),
    "quota-tenant": _(
        "There is no room left for files at this organisation. Your message is kept. Send it "
        "without the file, and say in it that the file is to follow."
    ),
    "quota-visitor": _(
        "You have used up the room for your files. Your message and your earlier files are kept. "
        "Delete files that are no longer needed, or ask your adviser."
    ),
    "before-answer": _(
        "Files over 10 MB can be sent after an adviser has answered. Your message is kept. Send "
        "it now, and the file after the answer."
    ),
    "blocked": _("This conversation was ended by the organisation. It takes no more files."),
    "part-differs": _(
        "The file changed while it was being sent. Your message is kept. Choose the file again."
    ),
    "part-damaged": _(
        "A part of the file was damaged on the way. What arrived before is kept. The part is sent "
        "again; if this appears again, check your connection."
    ),
    "part-too-large": _(
        "A part of the file does not have the agreed size. Your message is kept. Reload the page "
        "and choose the file again."
    ),
    "parts-missing": _(
        "Parts of the file have not arrived yet. What arrived is kept, and the rest is sent again."
    ),
    "upload-gone": _(
        "This upload is no longer there: it was cancelled or waited too long. Your message is "
        "kept. Choose the file again."
    ),
    "name-refused": _(
        "The file has a name that cannot be stored: empty, longer than 255 characters, or with "
        "invalid characters. Your message is kept. Rename the file and choose it again."
    ),
    "infected": _(
        "The virus scanner found malicious software in the file. The file was deleted here; your "
        "message is kept. Do not open it on your device, and have your device checked."
    ),
    "scanner-unavailable": _(
        "The virus scanner does not answer just now. The file is kept, and nobody can open it "
        "until it has been scanned. You need not do anything."
    ),
    "store-unavailable": _(
        "The file could not be stored just now. Your message and the parts that arrived are kept. "
        "Try again in a few minutes."
    ),
    "too-slow": _(
        "The request did not arrive in time. What arrived before is kept. Check your connection "
        "and try again."
    ),
    "malformed": _("This request was not understood. Reload the page and try again."),
    # When a file is asked for.
    "not-found": _("This file is not available to you, or was deleted."),
    "foreign-page": _("This request does not come from the chat or the desk."),
    "too-many-uploads": _(
        "Too many files are being sent at the same time. What arrived is kept, and the rest is "
        "sent again in a moment."
    ),
    "too-many-opened": _(
        "Too many files are being opened at the same time. Nothing is lost. Wait a moment and try "
        "again."
    ),
    "no-preview": _("This page cannot be shown. Save the file to read it on your device."),
    "preview-later": _(
        "This page could not be prepared in time. Save the file to read it on your device, or try "
        "again in a minute."
    ),
    "file-lost": _(
        "The stored file is damaged or missing. Your messages are kept. The fault was noted in "
        "the organisation's log. Ask for the file to be sent again."
    ),
    "paused": _(
        "This address is paused by its operator. Your files and messages are kept. Try again later."
    ),
    "file-blocked": _(
        "The virus scanner found malicious software in this file. The file is blocked: nobody can "
        "open it. Ask for it to be sent anew from a device that was checked."
    ),
    # When it is to be deleted.
    "assigned-to-other": _(
        "A colleague looks after this conversation. The file was not deleted. Take the "
        "conversation over first."
    ),
    "on-hold": _(
        "This conversation is kept from deletion. The file was not deleted. An administrator can "
        "lift the hold."
    ),
    # By content.
    "type-not-allowed": _(
        "Files of this type are not accepted here. Your message is kept. Send the content as a "
        "PDF, or as a newer office document without a password."
    ),
    "executable": _(
        "The file is a program, or contains one. Programs are not accepted. Your message is kept. "
        "Send the document itself, for instance as a PDF."
    ),
    "script": _(
        "The file contains or is named like a script or a web page. These are not accepted. Your "
        "message is kept. Send the content as a PDF or as plain text."
    ),
    "macros": _(
        "The document contains macros. Documents with macros are not accepted. Your message is "
        "kept. Save the document without macros (DOCX, XLSX) or as a PDF and send that."
    ),
    "disguised": _(
        "The file is two things at once, or hides something behind another type. Such files are "
        "not accepted. Your message is kept. Open the file, save it anew, and send the new one."
    ),
    "markup-in-image": _(
        "The image contains web page code. Such images are not accepted. Your message is kept. "
        "Open the image, save it anew, and send the new one."
    ),
    "mail-too-large": _(
        "A stored mail may have at most 10 MB. Your message is kept. Save its attachments and "
        "send them one by one."
    ),
    "archive-bomb": _(
        "The file would grow to many times its size when opened, or is built so as to overload "
        "programs. It is not accepted. Your message is kept. Send the documents in it one by one."
    ),
    "archive-encrypted": _(
        "The file is protected with a password and cannot be checked. Your message is kept. Send "
        "it without a password: files are stored encrypted here."
    ),
    "archive-too-deep": _(
        "The archive contains archives that are too deep or too large to be checked. Your message "
        "is kept. Unpack it and send the documents one by one."
    ),
    "damaged": _(
        "The file is damaged or incomplete. Your message is kept. Check whether it opens on your "
        "device, save it anew, and send the new one."
    ),
}


def refusal_text(code: str, language: str) -> str:
    """The text for a code in German or English."""
    with override("en" if language.startswith("en") else "de"):
        return str(TEXTS[code])
