// What the list and the actions on a conversation say.

import { isolated, wholeDate } from "../live/elements.ts";
import type { ServerEvent } from "../live/protocol.ts";
import type { View } from "./list_state.ts";

export interface InboxWords {
  anonymous: string;
  unread: string;
  mentioned: string;
  gone: string;
  moreLabels(count: number): string;
  wakes: string;
  fresh(count: number): string;
  older: string;
  views: Record<Exclude<View, "label">, string>;
  leaveLabel: string;
  nothing: Record<View, string>;
  justNow: string;
  line(event: ServerEvent): (Node | string)[] | null;
  // Actions, as the list of keys and the palette name them.
  groups: { conversation: string; lists: string; desk: string };
  actions: Record<ActionName, string>;
  palette: string;
  nothingFound: string;
  searching: string;
  searchFailed: string;
  done: {
    assigned: string;
    handedOver(name: string): string;
    released: string;
    resolved: string;
    reopened: string;
    snoozed(until: string): string;
    woken: string;
    undone: string;
  };
  handOver: {
    title: string;
    to: string;
    toNobody: string;
    note: string;
    submit(name: string): string;
    choose: string;
    team: string;
    cancel: string;
    noteKept: string;
  };
  snooze: {
    title: string;
    inThreeHours: string;
    tomorrow: string;
    monday: string;
    own: string;
    until: string;
    submit: string;
    wakeNow: string;
  };
  labels: { title: string; find: string; viewTitle: string; none: string; on: string };
  readsAsWell(names: HTMLElement[]): (Node | string)[];
  isWriting(name: HTMLElement): (Node | string)[];
}

export type ActionName =
  | "next"
  | "previous"
  | "answer"
  | "note"
  | "canned"
  | "attach"
  | "send"
  | "assign"
  | "handOver"
  | "snooze"
  | "labels"
  | "resolve"
  | "undo"
  | "search"
  | "palette"
  | "help"
  | "escape"
  | "goMine"
  | "goFree"
  | "goOpen"
  | "goSnoozed"
  | "goMentions"
  | "goResolved"
  | "goLabel";

const de: InboxWords = {
  anonymous: "Anonymer Besuch",
  unread: "ungelesen",
  mentioned: "Sie wurden erwähnt",
  gone: "steht nicht mehr in dieser Liste",
  moreLabels: (count) => (count === 1 ? "und ein weiteres Schlagwort" : `und ${count} weitere Schlagwörter`),
  wakes: "kommt wieder:",
  fresh: (count) => (count === 1 ? "1 neues Gespräch zeigen" : `${count} neue Gespräche zeigen`),
  older: "Ältere zeigen",
  views: {
    mine: "Meine",
    free: "Frei",
    open: "Alle offen",
    snoozed: "Zurückgestellt",
    mentions: "Erwähnungen",
    resolved: "Abgeschlossen",
  },
  leaveLabel: "Alle zeigen",
  nothing: {
    mine: "Ihnen ist kein Gespräch zugeordnet. Unter „Frei“ steht, was noch niemand übernommen hat; mit A ordnen Sie es sich zu.",
    free: "Um jedes Gespräch kümmert sich jemand. Neue erscheinen hier von selbst.",
    open: "Es ist kein Gespräch offen. Was Kunden schreiben, erscheint hier von selbst.",
    snoozed: "Nichts ist zurückgestellt. Mit Z legen Sie ein Gespräch bis zu einer Zeit beiseite; es kommt von selbst wieder, auch wenn der Kunde schreibt.",
    mentions: "Niemand hat Sie erwähnt. Wer in einer internen Notiz @ und Ihren Namen schreibt, ruft Sie hierher.",
    resolved: "Was Sie mit E abschließen, wird hier aufbewahrt.",
    label: "Kein offenes Gespräch hat dieses Schlagwort. Mit L geben Sie einem Gespräch Schlagwörter.",
  },
  justNow: "gerade eben",
  line: ({ kind, name, to, until, title }) => {
    const who = isolated(name);
    switch (kind) {
      case "handed-over":
        return [who, " hat an ", isolated(to), " übergeben"];
      case "snoozed":
        return [who, " hat bis ", time(until, "de"), " zurückgestellt"];
      case "woken":
        return ["Nicht mehr zurückgestellt"];
      case "labelled":
        return [who, " hat das Schlagwort „", isolated(title), "“ vergeben"];
      case "unlabelled":
        return [who, " hat das Schlagwort „", isolated(title), "“ entfernt"];
      default:
        return null;
    }
  },
  groups: { conversation: "Gespräch", lists: "Listen", desk: "Arbeitsplatz" },
  actions: {
    next: "nächstes Gespräch",
    previous: "voriges Gespräch",
    answer: "Antwort schreiben",
    note: "Notiz schreiben, wieder antworten",
    canned: "Textbaustein einsetzen",
    attach: "Datei anhängen",
    send: "senden",
    assign: "mir zuordnen, übernehmen",
    handOver: "übergeben, freigeben",
    snooze: "zurückstellen, zurückholen",
    labels: "Schlagwörter vergeben",
    resolve: "abschließen, wieder öffnen",
    undo: "rückgängig machen",
    search: "suchen",
    palette: "alle Befehle",
    help: "diese Hilfe",
    escape: "Feld verlassen, schließen",
    goMine: "zu „Meine“",
    goFree: "zu „Frei“",
    goOpen: "zu „Alle offen“",
    goSnoozed: "zu „Zurückgestellt“",
    goMentions: "zu „Erwähnungen“",
    goResolved: "zu „Abgeschlossen“",
    goLabel: "zu einem Schlagwort",
  },
  palette: "Befehle",
  nothingFound: "Nichts gefunden.",
  searching: "Wird gesucht …",
  searchFailed: "Der Server ist nicht zu erreichen. Schreiben Sie etwas, um noch einmal zu suchen.",
  done: {
    assigned: "Das Gespräch ist Ihnen zugeordnet.",
    handedOver: (name) => `Übergeben an ${name}.`,
    released: "Das Gespräch ist freigegeben.",
    resolved: "Das Gespräch ist abgeschlossen.",
    reopened: "Das Gespräch ist wieder offen.",
    snoozed: (until) => `Zurückgestellt bis ${until}.`,
    woken: "Das Gespräch ist zurückgeholt.",
    undone: "Rückgängig gemacht.",
  },
  handOver: {
    title: "Gespräch übergeben",
    to: "An wen? Name oder Team",
    toNobody: "Freigeben: wer zuerst kommt",
    note: "Notiz dazu, nur intern sichtbar (nicht nötig)",
    submit: (name) => `Übergeben an ${name}`,
    choose: "Wählen Sie oben, an wen.",
    team: "Team",
    cancel: "Abbrechen",
    noteKept: "Ihre Notiz ist erhalten.",
  },
  snooze: {
    title: "Zurückstellen",
    inThreeHours: "In drei Stunden",
    tomorrow: "Morgen um 8 Uhr",
    monday: "Am Montag um 8 Uhr",
    own: "Eigenes Datum …",
    until: "Bis wann?",
    submit: "Zurückstellen",
    wakeNow: "Jetzt zurückholen",
  },
  labels: {
    title: "Schlagwörter",
    find: "Schlagwort suchen",
    viewTitle: "Nach Schlagwort",
    none: "Kein Schlagwort heißt so. Eine Administratorin oder ein Administrator legt es an.",
    on: "gesetzt",
  },
  readsAsWell: (names) => [...joined(names, " und "), names.length === 1 ? " liest auch gerade." : " lesen auch gerade."],
  isWriting: (name) => [name, " schreibt gerade."],
};

const en: InboxWords = {
  anonymous: "Anonymous visitor",
  unread: "unread",
  mentioned: "You were mentioned",
  gone: "is no longer in this list",
  moreLabels: (count) => `and ${count} more ${count === 1 ? "label" : "labels"}`,
  wakes: "comes back:",
  fresh: (count) => (count === 1 ? "Show 1 new conversation" : `Show ${count} new conversations`),
  older: "Show older ones",
  views: {
    mine: "Mine",
    free: "Free",
    open: "All open",
    snoozed: "Snoozed",
    mentions: "Mentions",
    resolved: "Resolved",
  },
  leaveLabel: "Show all",
  nothing: {
    mine: "No conversation is assigned to you. Look into “Free” for what nobody has taken yet, and assign it to yourself with A.",
    free: "Every conversation has somebody who looks after it. New ones appear here by themselves.",
    open: "No conversation is open. What clients write appears here by itself.",
    snoozed: "Nothing is snoozed. With Z you put a conversation aside until a time; it comes back by itself, also when the client writes.",
    mentions: "Nobody has mentioned you. Whoever writes @ and your name in an internal note calls you here.",
    resolved: "What you resolve with E is kept here.",
    label: "No open conversation has this label. With L you label one.",
  },
  justNow: "just now",
  line: ({ kind, name, to, until, title }) => {
    const who = isolated(name);
    switch (kind) {
      case "handed-over":
        return [who, " handed over to ", isolated(to)];
      case "snoozed":
        return [who, " snoozed until ", time(until, "en")];
      case "woken":
        return ["No longer snoozed"];
      case "labelled":
        return [who, " added the label “", isolated(title), "”"];
      case "unlabelled":
        return [who, " removed the label “", isolated(title), "”"];
      default:
        return null;
    }
  },
  groups: { conversation: "Conversation", lists: "Lists", desk: "Desk" },
  actions: {
    next: "next conversation",
    previous: "previous conversation",
    answer: "write an answer",
    note: "write a note, an answer again",
    canned: "insert a canned reply",
    attach: "attach a file",
    send: "send",
    assign: "assign to me, take over",
    handOver: "hand over, release",
    snooze: "snooze, bring back",
    labels: "label",
    resolve: "resolve, reopen",
    undo: "undo",
    search: "search",
    palette: "all commands",
    help: "this help",
    escape: "leave the field, close",
    goMine: "go to “Mine”",
    goFree: "go to “Free”",
    goOpen: "go to “All open”",
    goSnoozed: "go to “Snoozed”",
    goMentions: "go to “Mentions”",
    goResolved: "go to “Resolved”",
    goLabel: "go to a label",
  },
  palette: "Commands",
  nothingFound: "Nothing found.",
  searching: "Searching …",
  searchFailed: "The server cannot be reached. Write something to search once more.",
  done: {
    assigned: "The conversation is assigned to you.",
    handedOver: (name) => `Handed over to ${name}.`,
    released: "The conversation is free.",
    resolved: "The conversation is resolved.",
    reopened: "The conversation is open again.",
    snoozed: (until) => `Snoozed until ${until}.`,
    woken: "The conversation is back.",
    undone: "Undone.",
  },
  handOver: {
    title: "Hand the conversation over",
    to: "To whom? A name or a team",
    toNobody: "Release it: first come, first served",
    note: "A note with it, visible within the organisation only (optional)",
    submit: (name) => `Hand over to ${name}`,
    choose: "Choose above to whom.",
    team: "team",
    cancel: "Cancel",
    noteKept: "Your note is kept.",
  },
  snooze: {
    title: "Snooze",
    inThreeHours: "In three hours",
    tomorrow: "Tomorrow at 8:00",
    monday: "Monday at 8:00",
    own: "Own date …",
    until: "Until when?",
    submit: "Snooze",
    wakeNow: "Bring back now",
  },
  labels: {
    title: "Labels",
    find: "Find a label",
    viewTitle: "By label",
    none: "No label is called so. An administrator creates them.",
    on: "set",
  },
  readsAsWell: (names) => [...joined(names, " and "), names.length === 1 ? " reads as well." : " read as well."],
  isWriting: (name) => [name, " is writing."],
};

function joined(names: HTMLElement[], last: string): (Node | string)[] {
  return names.flatMap((name, index) => {
    if (index === 0) return [name];
    return [index === names.length - 1 ? last : ", ", name];
  });
}

function time(at: string | undefined, language: string): string {
  return at ? wholeDate(new Date(at), language) : "";
}

export function inboxWordsIn(language: string): InboxWords {
  return language === "de" ? de : en;
}
