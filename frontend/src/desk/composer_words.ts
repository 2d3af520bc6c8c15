// What the composer's scripts say: notes, drafts, canned replies, calling back.

export interface ComposerWords {
  answerHere: string;
  noteHere: string;
  onlyTeam: string;
  note: string;
  saving: string;
  draftSaved: string;
  draftOnlyHere: string;
  draftOnlyWhileOpen: string;
  draftTooLong: string;
  otherText: string;
  useOther: string;
  keepMine: string;
  joinBoth: string;
  gap(text: string): string;
  nothingFound: string;
  choices(count: number): string;
  people: string;
  canned: string;
  goesOutIn(seconds: number): string;
  goingOut: string;
  undo: string;
  undone: string;
  notUndone: string;
  notSent: string;
  edit: string;
  discard: string;
  unsent: string;
  open: string;
  files(count: number): string;
  takenOver: string;
}

const de: ComposerWords = {
  answerHere: "Antwort schreiben",
  noteHere: "Notiz für das Team schreiben, mit @ jemanden rufen",
  onlyTeam: "nur im Team sichtbar",
  note: "Interne Notiz",
  saving: "speichert …",
  draftSaved: "Entwurf gespeichert",
  draftOnlyHere: "Entwurf nur in diesem Browser gespeichert",
  draftOnlyWhileOpen: "Entwurf nur erhalten, solange diese Seite offen ist",
  draftTooLong: "Länger als 20.000 Zeichen: nur in diesem Browser gespeichert",
  otherText: "In einem anderen Fenster haben Sie inzwischen etwas anderes geschrieben. Beide Texte sind erhalten.",
  useOther: "Den anderen nehmen",
  keepMine: "Diesen behalten",
  joinBoth: "Beide untereinander",
  gap: (text) => `Im Text steht noch ${text}. Ersetzen Sie es, oder senden Sie noch einmal.`,
  nothingFound: "Nichts gefunden",
  choices: (count) => (count === 1 ? "1 Vorschlag" : `${count} Vorschläge`),
  people: "Im Team",
  canned: "Textbausteine",
  goesOutIn: (seconds) => `Geht in ${seconds} s hinaus`,
  goingOut: "Geht hinaus …",
  undo: "Zurückholen",
  undone: "Zurückgeholt. Die Nachricht steht wieder im Feld.",
  notUndone: "Das Zurückholen hat nicht geklappt: keine Verbindung. Die Nachricht wartet noch, oder sie geht hinaus.",
  notSent: "Nicht gesendet.",
  edit: "Bearbeiten",
  discard: "Verwerfen",
  unsent: "Diese Antwort wurde nicht gesendet. Ihr Text ist erhalten.",
  open: "Zum Gespräch",
  files: (count) => (count === 1 ? "1 Datei" : `${count} Dateien`),
  takenOver: " hat dieses Gespräch übernommen. Ihr Text ist erhalten.",
};

const en: ComposerWords = {
  answerHere: "Write an answer",
  noteHere: "Write a note for the team, call somebody with @",
  onlyTeam: "only visible in the team",
  note: "Internal note",
  saving: "saving …",
  draftSaved: "Draft saved",
  draftOnlyHere: "Draft kept in this browser only",
  draftOnlyWhileOpen: "Draft kept only while this page is open",
  draftTooLong: "Longer than 20,000 characters: kept in this browser only",
  otherText: "You have written something else in another window meanwhile. Both texts are kept.",
  useOther: "Take the other one",
  keepMine: "Keep this one",
  joinBoth: "Both, one below the other",
  gap: (text) => `The text still says ${text}. Replace it, or send once more.`,
  nothingFound: "Nothing found",
  choices: (count) => (count === 1 ? "1 suggestion" : `${count} suggestions`),
  people: "In the team",
  canned: "Canned replies",
  goesOutIn: (seconds) => `Goes out in ${seconds} s`,
  goingOut: "Going out …",
  undo: "Call back",
  undone: "Called back. The message is in the field again.",
  notUndone: "Calling back did not work: no connection. The message still waits, or it goes out.",
  notSent: "Not sent.",
  edit: "Edit",
  discard: "Discard",
  unsent: "This answer was not sent. Your text is kept.",
  open: "Open the conversation",
  files: (count) => (count === 1 ? "1 file" : `${count} files`),
  takenOver: " has taken over this conversation. Your text is kept.",
};

export function composerWordsIn(language: string): ComposerWords {
  return language === "de" ? de : en;
}
