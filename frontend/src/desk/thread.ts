// The conversation that is open: its events, the composer, and what is on its way.

import { Attaching } from "../live/attaching.ts";
import type { Connection } from "../live/connection.ts";
import { ConversationView } from "../live/conversation_view.ts";
import { isTooLong, withReturned } from "../live/drafts.ts";
import { byId, isolated } from "../live/elements.ts";
import { viewFile } from "../live/file_viewer.ts";
import { Following } from "../live/following.ts";
import type { Item, Outbox } from "../live/outbox.ts";
import type { Events, FileInfo, Refused } from "../live/protocol.ts";
import { Canned } from "./canned.ts";
import { Composer } from "./composer.ts";
import { composerWordsIn } from "./composer_words.ts";
import { askToDelete } from "./deleting.ts";
import { FileList } from "./file_list.ts";
import { Held } from "./held.ts";
import { sendJson } from "./requests.ts";
import { Mentions, mentionSource } from "./mentions.ts";
import { drawNote } from "./notes.ts";
import { Outgoing } from "./outgoing.ts";
import { Picker } from "./picker.ts";
import { keptOf } from "./signing_out.ts";
import { Unsent } from "./unsent.ts";
import type { Words } from "./words.ts";

export const KEPT = keptOf(document.getElementById("desk")?.dataset.person ?? "");
const SKELETON_AFTER = 200;
// The event that a search leads to, or 0.
const PLACE = Number(/[?&]at=(\d{1,15})(?:&|$)/.exec(location.search)?.[1] ?? 0);

export class Thread {
  #following: Following;
  #said = composerWordsIn(document.documentElement.lang);
  #composer: Composer;
  #canned: Canned;
  #mentions: Mentions;
  #held: Held;
  #outgoing: Outgoing;
  #unsent: Unsent;
  #isAddressing = false;
  #scroller = byId("scroller");
  #view: ConversationView;
  #files: FileList;
  #attaching: Attaching;
  #typedAt = 0;
  #typingTimer: ReturnType<typeof setTimeout> | undefined;
  #skeletonTimer: ReturnType<typeof setTimeout>;

  constructor(
    readonly id: string,
    private readonly connection: Connection,
    private readonly outbox: Outbox,
    private readonly words: Words,
    private readonly tell: (text: string) => void,
  ) {
    const language = document.documentElement.lang;
    const said = this.#said;
    this.#composer = new Composer(id, KEPT, said);
    const { field } = this.#composer;
    this.#following = new Following(id, "adviser", (frame) => connection.send(frame), PLACE);
    const onDelete = (file: FileInfo) => askToDelete(file, words, () => this.#composer.focus());
    const onView = (file: FileInfo) => viewFile(file, { words: words.files, onDelete });
    this.#files = new FileList({ language, words, onView });
    this.#view = new ConversationView(byId("flow"), this.#scroller, {
      side: "adviser",
      language,
      words,
      onEdit: (item) => {
        const text = this.#remove(item)?.body ?? "";
        this.#giveBack(text, item.files, item.mentions ? "note" : "answer");
      },
      onDiscard: (item) => this.#attaching.discard(this.#remove(item)?.files),
      drawNote: (event) => drawNote(event, language, said),
      onDeleteFile: onDelete,
    });
    this.#attaching = new Attaching({
      name: `${KEPT}files.${id}`,
      language,
      words: words.files,
      region: document.querySelector<HTMLElement>(".conversation") as HTMLElement,
      composer: field,
      sendButton: byId("send"),
      isEnabled: () => this.#composer.takesFiles(),
      conversation: () => Promise.resolve(id),
    });
    this.#attaching.limits(id);
    // Another conversation is another page, and would interrupt what is under way.
    addEventListener("beforeunload", (event) => {
      if (this.#attaching.isBusy()) event.preventDefault();
    });
    this.#skeletonTimer = setTimeout(() => {
      byId("skeleton").hidden = this.#following.timeline.last > 0;
    }, SKELETON_AFTER);
    const say = (text: string) => void (byId("said").textContent = text);
    this.#held = new Held({
      conversation: id,
      words: said,
      onBack: (body, files) => this.#giveBack(body, files, "answer"),
      onDiscarded: (files) => this.#attaching.discard(files),
      tell,
      say,
    });
    this.#unsent = new Unsent(KEPT, id, said);
    this.#outgoing = new Outgoing(KEPT, words.gone, () => this.draw(), (item, left) => this.#holds(item, left));
    this.#canned = new Canned(id, field);
    this.#mentions = new Mentions(`${KEPT}mentions.${id}`, id);
    const isNote = () => this.#composer.mode === "note";
    new Picker(
      field,
      byId("choices"),
      [this.#canned.source(said.canned, () => !isNote()), mentionSource(this.#mentions, field, said.people, isNote)],
      said,
      say,
    );
    byId("canned").addEventListener("click", () => this.pickCanned());
    field.addEventListener("input", () => this.#typed());
    this.#scroller.addEventListener("scroll", () => {
      if (this.#scroller.scrollTop <= 200) this.#following.older();
    });
  }

  attach(): void {
    if (this.#composer.takesFiles()) this.#attaching.choose();
  }

  answer(): void {
    this.#composer.turn("answer");
  }

  toggleNote(): void {
    this.#composer.turn(this.#composer.mode === "note" ? "answer" : "note");
  }

  pickCanned(): void {
    this.#composer.turn("answer");
    if (this.#composer.mayAnswer()) this.#canned.open();
  }

  // The number of the last event that is shown, 0 before there is one.
  get seen(): number {
    return this.#following.timeline.last;
  }

  holdsAnswers(): boolean {
    return this.#held.isWaiting();
  }

  undo(): void {
    this.#held.undoLast();
  }

  // The head of the conversation says something else now.
  renew(): Promise<void> {
    return this.#composer.renew();
  }

  // The connection is up again.
  connected(): void {
    this.#following.connected();
    this.#attaching.connected();
    this.#outgoing.resume();
    void this.#composer.load();
    void this.#held.refresh();
    this.#unsent.watch();
  }

  // Something happened here.
  refresh(): void {
    this.#following.refresh();
  }

  refused(frame: Refused): void {
    this.#following.refused(frame);
    if (frame.code === "assigned-to-other") void this.#sayWhoTookIt();
  }

  take(frame: Events): void {
    const isFirst = this.#following.timeline.last === 0;
    this.#following.take(frame);
    clearTimeout(this.#skeletonTimer);
    byId("skeleton").hidden = true;
    for (const { key } of frame.events) {
      if (!key) continue;
      this.outbox.sent(key);
      this.#held.gone(key);
    }
    this.#noticeNotes(frame);
    if (frame.events.some((event) => event.side === "client")) this.showTyping(false);
    this.draw();
    if (isFirst && PLACE) this.#view.toPlace(PLACE);
    else if (isFirst) this.#view.toEnd();
    this.markRead();
  }

  draw(): void {
    const { timeline } = this.#following;
    this.#view.show(timeline, [...this.outbox.items(this.id), ...this.#outgoing.items(this.id)]);
    this.#files.show(timeline);
  }

  send(): void {
    if (this.#composer.mode === "note") void this.#sendNote();
    else this.#sendAnswer();
  }

  markRead(): void {
    if (!document.hidden) this.#following.read();
  }

  showTyping(isTyping = true): void {
    clearTimeout(this.#typingTimer);
    const name = document.querySelector(".who h2")?.textContent?.trim() ?? "";
    byId("typing").replaceChildren(...(isTyping ? [isolated(name), ` ${this.words.typing}`] : []));
    if (isTyping) this.#typingTimer = setTimeout(() => this.showTyping(false), 5000);
  }

  #sendAnswer(): void {
    const body = this.#composer.text("answer");
    if (!this.#composer.mayAnswer() || this.#attaching.mustWait() || (!body.trim() && !this.#attaching.hasFiles())) return;
    if (isTooLong(body)) {
      this.tell(this.words.tooLong);
      return;
    }
    const gap = this.#canned.gapIn(body);
    this.tell(gap === null ? "" : this.#said.gap(gap));
    if (gap !== null) return;
    this.#composer.take();
    const way = this.#composer.standing.undo_seconds > 0 ? this.#outgoing.held : this.outbox;
    way.add(this.id, body, this.#attaching.take());
    this.#view.toEnd();
  }

  // Whom it calls may have to be asked for; the note stays where it is until then.
  async #sendNote(): Promise<void> {
    const body = this.#composer.text("note");
    if (!body.trim() || this.#isAddressing) return;
    if (isTooLong(body)) {
      this.tell(this.words.tooLong);
      return;
    }
    this.#isAddressing = true;
    const mentions = await this.#mentions.of(body);
    this.#isAddressing = false;
    // Somebody wrote on, or turned to the answer: then it is not this text that they send.
    if (this.#composer.mode !== "note" || this.#composer.text("note") !== body) return;
    this.#composer.take();
    this.#mentions.forget();
    this.#outgoing.notes.add(this.id, body, [], { mentions });
    this.#view.toEnd();
  }

  #holds({ key, conversation, body, files = [] }: Item, secondsLeft: number): void {
    this.#unsent.expect(Date.now() + secondsLeft * 1000);
    if (conversation === this.id) this.#held.add({ key, body, files, seconds_left: secondsLeft, problem: "" });
  }

  #remove({ key }: Item): Item | undefined {
    return this.outbox.remove(key) ?? this.#outgoing.remove(key);
  }

  #giveBack(text: string, files: FileInfo[] = [], mode: "answer" | "note"): void {
    this.#composer.write(mode, withReturned(this.#composer.text(mode), text));
    this.#attaching.giveBack(files);
    this.#composer.turn(mode);
  }

  async #sayWhoTookIt(): Promise<void> {
    await this.renew();
    const { colleague } = this.#composer.standing;
    if (colleague) this.tell(`\u2068${colleague}\u2069${this.#said.takenOver}`);
  }

  // Whoever looks on has seen the note that has just called them; an answer that was not taken is
  // the author's again.
  #noticeNotes({ events, direction }: Events): void {
    if (direction !== "after") return;
    if (events.some(({ kind }) => kind === "unsent")) void this.#held.refresh();
    const calls = events.some(({ kind, mentions }) => kind === "note" && mentions);
    if (calls && !document.hidden) void sendJson("POST", `/inbox/${this.id}/mentions-seen/`).catch(() => undefined);
  }

  #typed(): void {
    const { field, mode } = this.#composer;
    // What is written for the team is nothing that the client waits for.
    if (mode === "note" || !field.value || Date.now() - this.#typedAt < 3000) return;
    this.#typedAt = Date.now();
    this.connection.send({ type: "typing", conversation: this.id });
  }
}
