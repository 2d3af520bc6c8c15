"""What a person finds in the folder who has no Siegel and does not know it."""

README = """\
An organisation's conversations, exported from Siegel
=====================================================

Nothing in this folder is encrypted. Whoever has it can read it: keep it where only those who may
read all of it can get at it, and delete it when it is no longer needed.

Text is UTF-8. *.json is JSON (RFC 8259), a list has one element a line; *.jsonl has one JSON object
a line. Times are ISO 8601 in UTC. An id in one file names the row with that id in another.

  organisation.json     name, texts, languages, hours, addresses
  settings.json         what files and keys are accepted; who changed a setting last (null: the
                        operator)
  people.json           who signs in, with roles; no passwords
  teams.json            teams with the ids of their members
  invitations.json      who was invited, without what the invitation was opened with
  contacts.json         clients; "merged_into_id" names the contact of the same person
  client-accounts.json  by what clients are known on other devices: the website's id, the address
  conversations.json    each with its messages, attachments, internal notes, mentions, events,
                        read marks, proofs of identity, labels and legal hold. "seq" puts messages,
                        notes and events of a conversation into one order. "side" says who
                        wrote: client or adviser
  labels.json           what conversations are labelled with
  canned-replies.json   texts that advisers use again and again
  drafts.json           what advisers had begun to write
  waiting-answers.json  answers that could still be called back
  files.json            every file: name as it was given, size, SHA-256, who sent it, and in "path"
                        where it lies here (null: its bytes are lost)
  files/                the original files, under their ids and safe names
  infected/             files in which a virus was found. Do not open them.
  logo.webp             the organisation's sign, if it has one
  trail.jsonl           the trail: who did what and when, each row with the digest of the one before
  SHA256SUMS            the SHA-256 of every file here

To see whether a file was changed:    sha256sum --check SHA256SUMS

A row of the trail has as its "digest" the SHA-256 over the JSON list [seq, at, actor, action,
subject, detail, previous], with sorted keys, without spaces, in UTF-8.

Not in here: passwords, sessions and other credentials, pictures of pages (they are made from the
files), and the index of the search (it is made from the texts).
"""
