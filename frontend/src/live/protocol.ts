// The frames of the socket; docs/protocol.md explains them.

export type Side = "client" | "adviser";

type FileState = "ready" | "waiting" | "infected" | "deleted";

export interface FileInfo {
  id: string;
  name: string;
  size: number;
  kind: string;
  state: FileState;
  scan: "clean" | "none" | "waiting" | "infected";
  // Whether there are pages to look at.
  preview: boolean;
}

export interface ServerEvent {
  seq: number;
  // Clients are told of the first two lines only.
  kind:
    | "started" | "message" | "assigned" | "resolved" | "reopened" | "contact" | "file"
    | "identity-asked" | "identity-confirmed" | "identity-failed" | "joined" | "not-joined"
    | "note" | "woken" | "snoozed" | "handed-over" | "freed" | "labelled" | "unlabelled"
    | "contact-changed" | "merged" | "split" | "blocked" | "unblocked" | "held" | "hold-lifted" | "unsent"
    | "link-made";
  at: string;
  side?: Side;
  name?: string;
  email?: string;
  body?: string;
  key?: string;
  files?: FileInfo[];
  // Of kind "file": which file of an earlier message is in another state now, and its name.
  file?: string;
  state?: FileState;
  title?: string;
  // To whom it was handed over, and until when it was put aside.
  to?: string;
  until?: string;
  // Of kind "held".
  reason?: string;
  // Of kind "note", which no client gets: the names of those whom it calls.
  mentions?: string[];
}

export interface Events {
  type: "events";
  conversation: string;
  events: ServerEvent[];
  first: number;
  last: number;
  more: boolean;
  direction: "after" | "before";
  marks: Record<Side, number>;
  // The organisation takes nothing more from this client.
  ended?: boolean;
}

export interface Refused {
  type: "refused";
  key: string | null;
  code: string;
  message: string;
  retry_after?: number;
}

// Refused for now only: the same may be accepted in a moment.
export function mayPass(code: string): boolean {
  return code === "rate-limited" || code === "storage-full";
}

export type ServerFrame =
  | { type: "ready"; side: Side; present: boolean }
  | { type: "hint"; conversation: string | null; seq: number }
  | Events
  | { type: "sent"; conversation: string; key: string; seq: number; at: string }
  | Refused
  // With a person when a colleague writes, reads, or has left.
  | { type: "typing"; conversation: string; side: Side; person?: string; name?: string }
  | { type: "reading" | "left"; conversation: string; person: string; name: string }
  | { type: "presence"; present: boolean }
  | { type: "pong" };

export type ClientFrame =
  | { type: "hello"; ticket: string; language: string }
  | { type: "fetch"; conversation: string; after?: number; before?: number }
  | { type: "send"; conversation: string; key: string; body: string; files?: string[] }
  | { type: "typing"; conversation: string }
  | { type: "read"; conversation: string; seq: number }
  | { type: "reading"; conversation: string }
  | { type: "inbox"; view: string; label?: string; before?: string }
  | { type: "ping" };
