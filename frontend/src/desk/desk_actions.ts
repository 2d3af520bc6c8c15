// The list of everything that can be done, for this page: with a conversation or without one.

import { byId } from "../live/elements.ts";
import type { Action } from "./actions.ts";
import type { Changing } from "./changing.ts";
import { askToHandOver } from "./handing_over.ts";
import type { Inbox } from "./inbox.ts";
import type { ActionName, InboxWords } from "./inbox_words.ts";
import { chooseLabels, chooseLabelView } from "./label_choices.ts";
import type { View } from "./list_state.ts";
import { openPalette } from "./palette.ts";
import { askUntilWhen } from "./snoozing.ts";
import type { Thread } from "./thread.ts";
import type { Undo } from "./undo.ts";

interface DeskParts {
  words: InboxWords;
  language: string;
  inbox: Inbox;
  undo: Undo;
  thread: Thread | null;
  changing: Changing | null;
}

const GO_TO: [string, ActionName, View][] = [
  ["g m", "goMine", "mine"],
  ["g f", "goFree", "free"],
  ["g o", "goOpen", "open"],
  ["g s", "goSnoozed", "snoozed"],
  ["g n", "goMentions", "mentions"],
  ["g r", "goResolved", "resolved"],
];

export function deskActions({ words, language, inbox, undo, thread, changing }: DeskParts): Action[] {
  const { groups, actions: names } = words;
  const has = (isThere: () => boolean) => ({ isThere: () => changing !== null && isThere() });
  const isOpen = () => changing?.isResolved() === false;
  const conversation = (id: string, key: string, name: ActionName, run: () => void, isThere: () => boolean = () => true): Action => ({
    id,
    key,
    name: names[name],
    group: groups.conversation,
    run,
    ...has(isThere),
  });
  const goTo = (key: string, name: ActionName, view: View): Action => ({
    id: `go-${view}`,
    key,
    name: names[name],
    group: groups.lists,
    run: () => location.assign(`/inbox/?${new URLSearchParams({ view })}`),
  });
  // An answer that still waits is called back first: it goes out by itself.
  const canUndo = () => undo.isOffered() || thread?.holdsAnswers() === true;
  const undoLast = () => (thread?.holdsAnswers() ? thread.undo() : undo.run());
  const list: Action[] = [
    { id: "next", key: "j", name: names.next, group: groups.lists, run: () => inbox.neighbour(1)?.click() },
    { id: "previous", key: "k", name: names.previous, group: groups.lists, run: () => inbox.neighbour(-1)?.click() },
    conversation("answer", "r", "answer", () => thread?.answer(), isOpen),
    conversation("note", "n", "note", () => thread?.toggleNote()),
    conversation("canned", "t", "canned", () => thread?.pickCanned(), isOpen),
    conversation("attach", "f", "attach", () => thread?.attach(), isOpen),
    conversation("send", "ctrl+enter", "send", () => thread?.send()),
    conversation("assign", "a", "assign", () => void changing?.assign(), isOpen),
    conversation("hand-over", "h", "handOver", () => changing && askToHandOver(changing, words), isOpen),
    conversation("snooze", "z", "snooze", () => changing && askUntilWhen(changing, words, language), isOpen),
    conversation("labels", "l", "labels", () => changing && chooseLabels(changing, words)),
    conversation("resolve", "e", "resolve", () => void changing?.toggleResolved()),
    { id: "undo", key: "u", name: names.undo, group: groups.conversation, isThere: canUndo, run: undoLast },
    ...GO_TO.map((each) => goTo(...each)),
    { id: "label-view", key: "g l", name: names.goLabel, group: groups.lists, run: () => chooseLabelView(words) },
    { id: "search", key: "/", name: names.search, group: groups.desk, run: () => byId("search").focus() },
    { id: "palette", key: "ctrl+k", name: names.palette, group: groups.desk, run: () => openPalette(list, words) },
    { id: "keys", key: "?", name: names.help, group: groups.desk, run: showKeys },
    { id: "escape", key: "escape", name: names.escape, group: groups.desk, isOnlyTold: true, run: () => undefined },
  ];
  return list;
}

// From its beginning, although the button that has the focus stands at the end.
function showKeys(): void {
  const dialog = byId<HTMLDialogElement>("keys");
  dialog.showModal();
  dialog.scrollTop = 0;
}
