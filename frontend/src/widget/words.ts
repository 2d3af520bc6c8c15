// What the chat says, in two originals.

import type { ViewWords } from "../live/conversation_view.ts";
import { isolated } from "../live/elements.ts";
import { type FileWords, fileWordsIn } from "../live/file_words.ts";
import type { ServerEvent } from "../live/protocol.ts";
import type { ClientWords } from "./client.ts";
import type { HoursWords } from "./hours.ts";

export interface Words extends ViewWords {
  somebodyIsHere: string;
  away: HoursWords;
  offline: string;
  typing: string;
  soundOn: string;
  soundOff: string;
  thanks: string;
  tooLong: string;
  ended: string;
  client: ClientWords;
}

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
      case "assigned":
        return [isolated(event.name), " kümmert sich um Ihr Anliegen"];
      case "resolved":
        return ["Das Gespräch ist abgeschlossen. Schreiben Sie einfach weiter, wenn noch etwas offen ist"];
      case "reopened":
        return ["Das Gespräch ist wieder offen"];
      case "contact":
        return ["Name und E-Mail sind notiert"];
      case "file":
        return deFiles.line(event);
      case "identity-asked":
        return [isolated(event.name), " bittet Sie um einen Nachweis, wer Sie sind"];
      case "identity-confirmed":
        return ["Danke. Sie haben gezeigt, wer Sie sind"];
      case "identity-failed":
        return ["Der Code wurde zu oft falsch eingegeben und gilt nicht mehr"];
      case "joined":
        return ["Dieses Gespräch gehört jetzt zu Ihrem Konto"];
      case "not-joined":
        return ["Dieses Gespräch gehört nicht zu Ihrem Konto"];
      default:
        return null;
    }
  },
  somebodyIsHere: "Es ist jemand da und antwortet Ihnen gleich.",
  away: {
    nobodyIsHere: "Gerade ist niemand da.",
    backAt: (day, time) => `Wir sind ${/^(heute|morgen)$/.test(day) ? "" : "am "}${day} um ${time} Uhr wieder da.`,
    reachable: (week) => `Erreichbar: ${week}.`,
    timeOf: (zone) => `Zeitzone ${zone}`,
    today: "heute",
    tomorrow: "morgen",
  },
  offline: "Keine Verbindung. Was Sie schreiben, bleibt erhalten und wird danach von selbst gesendet.",
  typing: "Ihre Beratung schreibt …",
  soundOn: "Ton ist an",
  soundOff: "Ton ist aus",
  thanks: "Danke. Wir erreichen Sie dann auch per E-Mail.",
  ended: "Die Organisation hat dieses Gespräch beendet. Sie können hier nichts mehr schreiben. Was Sie geschrieben haben, bleibt erhalten.",
  client: {
    signedInAs: "Angemeldet als",
    signedIn: "Angemeldet",
    begun: (time) => `Begonnen ${time}`,
    ways: { website: "über die Website", link: "mit Link und Code", passkey: "mit Passkey" },
    thisDevice: "dieses Gerät",
    unknownBrowser: "Unbekannter Browser",
    since: (time) => `seit ${time}`,
    end: "Abmelden",
    passkey: (time) => `Passkey vom ${time}`,
    remove: "Entfernen",
    noPasskey: "Das hat mit dem Passkey nicht geklappt. Bitte versuchen Sie es noch einmal, oder nehmen Sie einen anderen Weg.",
    signedOut: "Sie sind abgemeldet. Was nicht gesendet war, ist gelöscht.",
  },
  tooLong: "Die Nachricht ist länger als 20.000 Zeichen. Ihr Text bleibt erhalten. Bitte teilen Sie ihn auf.",
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
      case "assigned":
        return [isolated(event.name), " is looking after your request"];
      case "resolved":
        return ["The conversation is resolved. Just write on if something is left"];
      case "reopened":
        return ["The conversation is open again"];
      case "contact":
        return ["Name and e-mail are noted"];
      case "file":
        return enFiles.line(event);
      case "identity-asked":
        return [isolated(event.name), " asks you to show who you are"];
      case "identity-confirmed":
        return ["Thank you. You have shown who you are"];
      case "identity-failed":
        return ["The code was entered wrongly too often and holds no more"];
      case "joined":
        return ["This conversation belongs to your account now"];
      case "not-joined":
        return ["This conversation stays apart from your account"];
      default:
        return null;
    }
  },
  somebodyIsHere: "Somebody is here and will answer you shortly.",
  away: {
    nobodyIsHere: "Nobody is here just now.",
    backAt: (day, time) => `We are back ${/^to/.test(day) ? "" : "on "}${day} at ${time}.`,
    reachable: (week) => `Hours: ${week}.`,
    timeOf: (zone) => `time of ${zone}`,
    today: "today",
    tomorrow: "tomorrow",
  },
  offline: "No connection. What you write is kept and sent by itself afterwards.",
  typing: "Your adviser is writing …",
  soundOn: "Sound is on",
  soundOff: "Sound is off",
  thanks: "Thank you. We can reach you by e-mail as well now.",
  ended: "The organisation has ended this conversation. You cannot write here any more. What you wrote is kept.",
  client: {
    signedInAs: "Signed in as",
    signedIn: "Signed in",
    begun: (time) => `Begun ${time}`,
    ways: { website: "by the website", link: "with link and code", passkey: "with a passkey" },
    thisDevice: "this device",
    unknownBrowser: "Unknown browser",
    since: (time) => `since ${time}`,
    end: "Sign out",
    passkey: (time) => `Passkey of ${time}`,
    remove: "Remove",
    noPasskey: "That did not work with the passkey. Please try again, or take another way.",
    signedOut: "You are signed out. What was not sent is deleted.",
  },
  tooLong: "The message is longer than 20,000 characters. Your text is kept. Please split it up.",
};

export function wordsIn(language: string): Words {
  return language === "de" ? de : en;
}
