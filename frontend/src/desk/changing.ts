// What is done with the conversation as a whole. Each request names what it was decided on; whoever
// was slower is told so, sees how it is now, and has changed nothing.

import type { InboxWords } from "./inbox_words.ts";
import { post } from "./requests.ts";
import type { Undo } from "./undo.ts";
import type { Words } from "./words.ts";

interface ChangingOptions {
  person: string;
  words: Words;
  inboxWords: InboxWords;
  undo: Undo;
  tell(text: string): void;
  // The number of the last event that is shown.
  seen(): number;
  // The head and the list as they are now.
  renew(): Promise<void>;
  // It is not visible from here any more; what is said, the inbox says.
  leave(text: string): void;
}

export class Changing {
  constructor(
    readonly conversation: string,
    private readonly options: ChangingOptions,
  ) {}

  isResolved(): boolean {
    return this.#now().state === "resolved";
  }

  isSnoozed(): boolean {
    return Boolean(this.#now().snoozed);
  }

  // Mine, also instead of a colleague; back to them or to all.
  async assign(): Promise<void> {
    const { assignee } = this.#now();
    if (assignee === this.options.person) return;
    const back = () => (assignee ? this.#do("hand-over", this.#from({ to: `person:${assignee}` })) : this.#do("release", this.#from()));
    await this.#tellIf(this.#do("assign", this.#from()), this.options.inboxWords.done.assigned, back);
  }

  async toggleResolved(): Promise<void> {
    const { done } = this.options.inboxWords;
    const { assignee } = this.#now();
    if (this.isResolved()) {
      await this.#tellIf(this.#do("reopen"), done.reopened, () => this.#resolve());
      return;
    }
    // Whoever resolves what is nobody's takes it: both are taken back.
    const back = async () => (await this.#do("reopen")) || (assignee ? "" : await this.#do("release", this.#from()));
    await this.#tellIf(this.#resolve(), done.resolved, back);
  }

  async snooze(until: Date, shown: string): Promise<string> {
    const before = this.#now().snoozed;
    const back = () => (before ? this.#do("snooze", { until: new Date(before).toISOString() }) : this.#do("wake"));
    const refusal = await this.#do("snooze", { until: until.toISOString() });
    if (!refusal) this.#offer(this.options.inboxWords.done.snoozed(shown), back);
    return refusal;
  }

  async wake(): Promise<string> {
    const refusal = await this.#do("wake");
    if (!refusal) this.#offer(this.options.inboxWords.done.woken, null);
    return refusal;
  }

  async release(): Promise<string> {
    const { assignee } = this.#now();
    const isMine = assignee === this.options.person;
    const refusal = await this.#do("release", this.#from());
    const back = isMine ? () => this.#do("assign", this.#from()) : null;
    if (!refusal) this.#offer(this.options.inboxWords.done.released, back);
    return refusal;
  }

  async handOver(to: string, name: string, note: string, key: string): Promise<string> {
    const told = this.options.inboxWords.done.handedOver(`\u2068${name}\u2069`);
    const isMine = this.#now().assignee === this.options.person;
    const answer = await this.#answer("hand-over", this.#from({ to, note, key }));
    if (typeof answer === "string") return answer;
    const { visible } = (await answer.json()) as { visible: boolean };
    if (!visible) {
      this.options.leave(told);
      return "";
    }
    await this.options.renew();
    this.#offer(told, isMine ? () => this.#do("assign", this.#from()) : null);
    return "";
  }

  label(id: string, isGiven: boolean): Promise<string> {
    return this.#do(isGiven ? "label" : "unlabel", { label: id });
  }

  // Nobody is done with what they have not seen.
  #resolve(): Promise<string> {
    return this.#do("resolve", { seen: String(this.options.seen()) });
  }

  #now(): DOMStringMap {
    return document.querySelector<HTMLElement>("#header header")?.dataset ?? {};
  }

  #from(more: Record<string, string> = {}): Record<string, string> {
    return { expected: this.#now().standing ?? "", ...more };
  }

  async #tellIf(refusal: Promise<string>, text: string, back: () => Promise<string>): Promise<void> {
    const told = await refusal;
    if (told) this.options.tell(told);
    else this.#offer(text, back);
  }

  #offer(text: string, back: (() => Promise<string>) | null): void {
    const { undo, inboxWords, tell } = this.options;
    const run = async () => {
      const refusal = (await back?.()) ?? "";
      if (refusal) tell(refusal);
      else undo.offer(inboxWords.done.undone, null);
    };
    undo.offer(text, back && (() => void run()));
  }

  // Empty when it was done, else what to say.
  async #do(what: string, fields: Record<string, string> = {}): Promise<string> {
    const answer = await this.#answer(what, fields);
    if (typeof answer === "string") return answer;
    await this.options.renew();
    return "";
  }

  async #answer(what: string, fields: Record<string, string>): Promise<Response | string> {
    const { words, tell, renew } = this.options;
    tell("");
    const response = await post(`/inbox/${this.conversation}/${what}/`, fields).catch(() => null);
    if (response?.ok) return response;
    if (response?.status === 404) return words.gone;
    const answer = (await response?.json().catch(() => null)) as { message?: string } | null;
    // Somebody was quicker: what is shown next is how it is now.
    if (response?.status === 409) await renew();
    return answer?.message ?? words.failed;
  }
}
