// What both sides say about files, in two originals.

import { isolated } from "./elements.ts";
import type { ServerEvent } from "./protocol.ts";

export interface FileWords {
  // A card in a message.
  checked: string;
  notScanned: string;
  waiting: string;
  infected: string;
  deleted: string;
  // Of a file that was deleted even the name has gone.
  deletedFile: string;
  view: string;
  save: string;
  delete: string;
  preview(name: string): string;
  // The viewer.
  page(number: number, name: string): string;
  position(number: number, count: number): string;
  firstPages(shown: number, count: number): string;
  pages: string;
  loading: string;
  noPreview: string;
  noPage: string;
  close: string;
  // Choosing.
  upTo(size: string): string;
  upToBeforeAnswer(size: string): string;
  dropHere: string;
  tooLarge(size: string): string;
  tooLargeBeforeAnswer(size: string): string;
  // On its way.
  chosen: string;
  progressOf(name: string): string;
  waits: string;
  lost: string;
  checking: string;
  stored: string;
  cancel: string;
  remove: string;
  chooseAgain: string;
  interrupted(percent: string): string;
  unreadable: string;
  failed: string;
  sendLater: string;
  begins(name: string): string;
  half(name: string): string;
  ends(name: string): string;
  line(event: ServerEvent): (Node | string)[];
}

const de: FileWords = {
  checked: "geprüft",
  notScanned: "nicht geprüft",
  waiting: "wird geprüft, noch gesperrt",
  infected: "gesperrt: Schadsoftware gefunden",
  deleted: "gelöscht",
  deletedFile: "Gelöschte Datei",
  view: "Ansehen",
  save: "Speichern",
  delete: "Löschen",
  preview: (name) => `Vorschau von ${name}`,
  page: (number, name) => `Seite ${number} von ${name}`,
  position: (number, count) => `Seite ${number} von ${count}`,
  firstPages: (shown, count) =>
    `Gezeigt werden die ersten ${shown} von ${count} Seiten. Speichern Sie die Datei, um alle zu lesen.`,
  pages: "Seiten",
  loading: "Die Seiten werden vorbereitet …",
  noPreview: "Von dieser Datei gibt es gerade keine Vorschau. Sie ist unverändert erhalten und lässt sich speichern.",
  noPage: "Diese Seite lässt sich nicht zeigen. Speichern Sie die Datei, um sie zu lesen.",
  close: "Schließen",
  upTo: (size) => `bis ${size}`,
  upToBeforeAnswer: (size) => `bis ${size}, nach der Antwort mehr`,
  dropHere: "Dateien hier ablegen",
  tooLarge: (size) =>
    `Die Datei ist größer, als hier angenommen wird (bis ${size}). Ihre Nachricht bleibt erhalten. Senden Sie eine kleinere Fassung oder mehrere Teile.`,
  tooLargeBeforeAnswer: (size) =>
    `Dateien über ${size} können Sie senden, sobald Ihnen jemand aus der Beratung geantwortet hat. Ihre Nachricht bleibt erhalten. Senden Sie sie jetzt und die Datei nach der Antwort.`,
  chosen: "Dateien zu dieser Nachricht",
  progressOf: (name) => `Übertragung von ${name}`,
  waits: "wartet",
  lost: "unterbrochen, geht von selbst weiter",
  checking: "wird geprüft …",
  stored: "verschlüsselt übertragen und abgelegt",
  cancel: "Abbrechen",
  remove: "Entfernen",
  chooseAgain: "Datei wählen",
  interrupted: (percent) =>
    `Die Übertragung wurde unterbrochen, ${percent} sind gespeichert. Wählen Sie die Datei noch einmal, um fortzufahren.`,
  unreadable:
    "Die Datei konnte nicht gelesen werden: Sie wurde verschoben oder geändert, oder es ist ein Ordner. Es wurde nichts gespeichert. Wählen Sie die Datei noch einmal.",
  failed:
    "Die Datei wurde nicht angenommen. Ihre Nachricht bleibt erhalten. Laden Sie die Seite neu und versuchen Sie es noch einmal.",
  sendLater: "Senden geht, sobald die Dateien übertragen sind.",
  begins: (name) => `${name} wird übertragen`,
  half: (name) => `${name}: zur Hälfte übertragen`,
  ends: (name) => `${name} ist übertragen`,
  line: ({ name, title, state }) => {
    const file = title ? isolated(title) : "Eine Datei";
    if (state === "infected") return [file, " ist gesperrt: Schadsoftware gefunden"];
    if (state === "ready") return [file, " ist geprüft und kann geöffnet werden"];
    if (!name) return [file, " wurde gelöscht"];
    return [isolated(name), " hat ", title ? file : "eine Datei", " gelöscht"];
  },
};

const en: FileWords = {
  checked: "checked",
  notScanned: "not scanned",
  waiting: "being checked, still locked",
  infected: "locked: malware found",
  deleted: "deleted",
  deletedFile: "Deleted file",
  view: "View",
  save: "Save",
  delete: "Delete",
  preview: (name) => `Preview of ${name}`,
  page: (number, name) => `Page ${number} of ${name}`,
  position: (number, count) => `Page ${number} of ${count}`,
  firstPages: (shown, count) => `The first ${shown} of ${count} pages are shown. Save the file to read them all.`,
  pages: "Pages",
  loading: "The pages are being prepared …",
  noPreview: "There is no preview of this file just now. It is kept unchanged and can be saved.",
  noPage: "This page cannot be shown. Save the file to read it.",
  close: "Close",
  upTo: (size) => `up to ${size}`,
  upToBeforeAnswer: (size) => `up to ${size}, more after the answer`,
  dropHere: "Drop files here",
  tooLarge: (size) =>
    `The file is larger than is accepted here (up to ${size}). Your message is kept. Send a smaller version or several parts.`,
  tooLargeBeforeAnswer: (size) =>
    `Files over ${size} can be sent after an adviser has answered. Your message is kept. Send it now, and the file after the answer.`,
  chosen: "Files for this message",
  progressOf: (name) => `Transmission of ${name}`,
  waits: "waiting",
  lost: "interrupted, goes on by itself",
  checking: "being checked …",
  stored: "transmitted and stored encrypted",
  cancel: "Cancel",
  remove: "Remove",
  chooseAgain: "Choose file",
  interrupted: (percent) =>
    `The transmission was interrupted, ${percent} is stored. Choose the file again to go on.`,
  unreadable:
    "The file could not be read: it was moved or changed, or it is a folder. Nothing was stored. Choose the file again.",
  failed: "The file was not accepted. Your message is kept. Reload the page and try again.",
  sendLater: "You can send once the files are transmitted.",
  begins: (name) => `${name} is being transmitted`,
  half: (name) => `${name}: half transmitted`,
  ends: (name) => `${name} is transmitted`,
  line: ({ name, title, state }) => {
    const file = title ? isolated(title) : "A file";
    if (state === "infected") return [file, " is locked: malware found"];
    if (state === "ready") return [file, " is checked and can be opened"];
    if (!name) return [file, " was deleted"];
    return [isolated(name), " deleted ", title ? file : "a file"];
  },
};

export function fileWordsIn(language: string): FileWords {
  return language === "de" ? de : en;
}
