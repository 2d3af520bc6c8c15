// What the desk's scripts say; all else is in the templates.

import type { ViewWords } from "../live/conversation_view.ts";
import { isolated } from "../live/elements.ts";
import { type FileWords, fileWordsIn } from "../live/file_words.ts";
import type { ServerEvent } from "../live/protocol.ts";
import { inboxWordsIn } from "./inbox_words.ts";
import { englishLine, germanLine } from "./contact_words.ts";

export interface Words extends ViewWords {
  typing: string;
  offline: string;
  signedOut: string;
  signIn: string;
  gone: string;
  failed: string;
  tooLong: string;
  deleteFile: string;
  deleteFileForGood: string;
  keepFile: string;
  fileNotDeleted: string;
}

const deInbox = inboxWordsIn("de");
const enInbox = inboxWordsIn("en");
const deFiles: FileWords = fileWordsIn("de");
const enFiles: FileWords = fileWordsIn("en");

const de: Words = {
  today: "Heute",
  yesterday: "Gestern",
  read: "gelesen",
  sending: "wird gesendet …",
  notSent: "Nicht gesendet.",
  edit: "Bearbeiten",
  discard: "Verwerfen",
  files: deFiles,
  line: (event: ServerEvent) => {
    switch (event.kind) {
      case "started":
        return ["Gespräch begonnen"];
      case "assigned":
        return [isolated(event.name), " hat übernommen"];
      case "freed":
        return ["Wieder frei: ", isolated(event.name), " betreut das Gespräch nicht mehr"];
      case "resolved":
        return [isolated(event.name), " hat das Gespräch abgeschlossen"];
      case "reopened":
        return event.side === "adviser" ? [isolated(event.name), " hat das Gespräch wieder geöffnet"] : ["Durch eine neue Nachricht wieder geöffnet"];
      case "contact":
        return ["Angegeben: ", isolated(event.name), ", ", isolated(event.email)];
      case "file":
        return deFiles.line(event);
      case "identity-asked":
        return [isolated(event.name), " bittet um einen Nachweis der Identität"];
      case "identity-confirmed":
        return ["Identität durch einen Code bestätigt"];
      case "identity-failed":
        return ["Der Code wurde zu oft falsch eingegeben. Die Identität ist nicht bestätigt"];
      case "joined":
        return ["Dieses Gespräch gehört jetzt zum Konto des Kunden"];
      case "not-joined":
        return ["Dieses Gespräch soll nicht zum Konto des Kunden gehören"];
      case "link-made":
        return [isolated(event.name), " hat einen Link für ein anderes Gerät des Kunden erstellt"];
      case "unsent":
        return ["Eine Antwort von ", isolated(event.name), " konnte nicht hinausgehen"];
      default:
        return deInbox.line(event) ?? germanLine(event);
    }
  },
  typing: "schreibt …",
  offline: "Keine Verbindung. Was Sie schreiben und senden, bleibt erhalten und geht danach von selbst hinaus.",
  signedOut: "Ihre Sitzung ist beendet. Ihr Entwurf ist in diesem Browser gespeichert.",
  signIn: "Wieder anmelden",
  gone: "Dieses Gespräch ist für Sie nicht mehr zugänglich. Vielleicht hat es jemand anderes übernommen.",
  failed: "Das hat nicht geklappt. Es wurde nichts geändert. Bitte versuchen Sie es noch einmal.",
  tooLong: "Die Nachricht ist länger als 20.000 Zeichen. Ihr Text bleibt erhalten. Bitte teilen Sie ihn auf.",
  deleteFile: "Datei löschen?",
  deleteFileForGood:
    "Die Datei verschwindet für beide Seiten und aus dem Speicher. Das lässt sich nicht rückgängig machen. Die Nachricht dazu bleibt erhalten.",
  keepFile: "Behalten",
  fileNotDeleted: "Die Datei wurde nicht gelöscht und ist unverändert erhalten. Bitte versuchen Sie es noch einmal.",
};

const en: Words = {
  today: "Today",
  yesterday: "Yesterday",
  read: "read",
  sending: "sending …",
  notSent: "Not sent.",
  edit: "Edit",
  discard: "Discard",
  files: enFiles,
  line: (event: ServerEvent) => {
    switch (event.kind) {
      case "started":
        return ["Conversation begun"];
      case "assigned":
        return [isolated(event.name), " has taken over"];
      case "freed":
        return ["Free again: ", isolated(event.name), " no longer looks after it"];
      case "resolved":
        return [isolated(event.name), " resolved the conversation"];
      case "reopened":
        return event.side === "adviser" ? [isolated(event.name), " reopened the conversation"] : ["Reopened by a new message"];
      case "contact":
        return ["Given: ", isolated(event.name), ", ", isolated(event.email)];
      case "file":
        return enFiles.line(event);
      case "identity-asked":
        return [isolated(event.name), " asks for proof of identity"];
      case "identity-confirmed":
        return ["Identity confirmed by a code"];
      case "identity-failed":
        return ["The code was entered wrongly too often. The identity is not confirmed"];
      case "joined":
        return ["This conversation belongs to the client's account now"];
      case "not-joined":
        return ["The client does not want this conversation in their account"];
      case "link-made":
        return [isolated(event.name), " made a link for another device of the client"];
      case "unsent":
        return ["An answer by ", isolated(event.name), " could not go out"];
      default:
        return enInbox.line(event) ?? englishLine(event);
    }
  },
  typing: "is writing …",
  offline: "No connection. What you write and send is kept and goes out by itself afterwards.",
  signedOut: "Your session has ended. Your draft is kept in this browser.",
  signIn: "Sign in again",
  gone: "This conversation is no longer available to you. Perhaps somebody else has taken it over.",
  failed: "That did not work. Nothing was changed. Please try again.",
  tooLong: "The message is longer than 20,000 characters. Your text is kept. Please split it up.",
  deleteFile: "Delete the file?",
  deleteFileForGood:
    "The file disappears for both sides and from the store. This cannot be undone. Its message is kept.",
  keepFile: "Keep",
  fileNotDeleted: "The file was not deleted and is kept unchanged. Please try again.",
};

export function wordsIn(language: string): Words {
  return language === "de" ? de : en;
}
