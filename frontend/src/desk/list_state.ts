// The rows of the list: what is shown, and what waits until nobody is reading them.

export type View = "mine" | "free" | "open" | "snoozed" | "mentions" | "resolved" | "label";

export interface Row {
  id: string;
  name: string;
  excerpt: string;
  at: string;
  seq: number;
  state: "open" | "resolved";
  mine: boolean;
  assignee: string | null;
  team: string | null;
  until: string | null;
  unread: boolean;
  labels: string[];
  more_labels: number;
  mentioned: boolean;
  // Shown although it is not in the list any more, until nobody reads it.
  isGone?: boolean;
}

export interface InboxPage {
  type: "inbox";
  view: View;
  label: { id: string; name: string } | null;
  before: string;
  rows: Row[];
  next: string | null;
  counts: Record<string, number>;
}

export class ListState {
  shown: Row[] = [];
  #held: Row[] | null = null;

  // What the server has now. While somebody reads, rows are renewed in their places; new ones wait.
  take(rows: Row[], isBeingRead: boolean): void {
    if (!isBeingRead) {
      this.shown = rows;
      this.#held = null;
      return;
    }
    const fresh = new Map(rows.map((row) => [row.id, row]));
    this.shown = this.shown.map((row) => fresh.get(row.id) ?? { ...row, isGone: true });
    this.#held = rows;
  }

  // What follows, below what is shown: that moves nothing.
  append(rows: Row[]): void {
    this.shown = merged(this.shown, rows);
    if (this.#held) this.#held = merged(this.#held, rows);
  }

  // How many rows wait.
  get waiting(): number {
    const known = new Set(this.shown.map((row) => row.id));
    return (this.#held ?? []).filter((row) => !known.has(row.id)).length;
  }

  // Nobody reads any more: everything takes its place. Whether anything waited.
  release(): boolean {
    if (!this.#held) return false;
    this.shown = this.#held;
    this.#held = null;
    return true;
  }
}

// Two pages that were asked for one after the other may share rows: the earlier place counts.
export function merged(rows: Row[], more: Row[]): Row[] {
  const known = new Set(rows.map((row) => row.id));
  return [...rows, ...more.filter((row) => !known.has(row.id))];
}

// 1,000 means that nobody counted further.
export function countShown(count: number): string {
  return count >= 1000 ? "999+" : String(count);
}
