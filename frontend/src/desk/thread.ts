// The conversation that is open: its events, the composer, and what is on its way.

import { Attaching } from "../live/attaching.ts";
import type { Connection } from "../live/connection.ts";
import { ConversationView } from "../live/conversation_view.ts";
import { isTooLong, withReturned } from "../live/drafts.ts";
import { byId, isolated } from "../live/elements.ts";
import { viewFile } from "../live/file_viewer.ts";
import { Following } from "../live/following.ts";
import { forget, keep, recall } from "../live/kept.ts";
import type { Outbox } from "../live/outbox.ts";
import type { Events, FileInfo, Refused } from "../live/protocol.ts";
import { askToDelete } from "./deleting.ts";
import { FileList } from "./file_list.ts";
import type { Words } from "./words.ts";

// What is kept belongs to a person: whoever signs in next in this browser neither sees nor sends it.
export const KEPT = `siegel.desk.${document.getElementById("desk")?.dataset.person ?? ""}.`;
const SKELETON_AFTER = 200;

export class Thread {
  #following: Following;
  #composer = byId<HTMLTextAreaElement>("composer");
  #scroller = byId("scroller");
  #view: ConversationView;
  #files: FileList;
  #attaching: Attaching;
  #draft: string;
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
    this.#draft = `${KEPT}draft.${id}`;
    const language = document.documentElement.lang;
    this.#following = new Following(id, "adviser", (frame) => connection.send(frame));
    const onDelete = (file: FileInfo) => askToDelete(file, words, () => this.#composer.focus());
    const onView = (file: FileInfo) => viewFile(file, { words: words.files, onDelete });
    this.#files = new FileList({ language, words, onView });
    this.#view = new ConversationView(byId("flow"), this.#scroller, {
      side: "adviser",
      language,
      words,
      onEdit: (item) => {
        const text = this.outbox.remove(item.key)?.body ?? "";
        this.#composer.value = withReturned(this.#composer.value, text);
        this.#attaching.giveBack(item.files);
        this.#keepDraft();
        this.#composer.focus();
      },
      onDiscard: (item) => this.#attaching.discard(this.outbox.remove(item.key)?.files),
      onDeleteFile: onDelete,
    });
    this.#attaching = new Attaching({
      name: `${KEPT}files.${id}`,
      language,
      words: words.files,
      region: document.querySelector<HTMLElement>(".conversation") as HTMLElement,
      composer: this.#composer,
      sendButton: byId("send"),
      isEnabled: () => !byId("composer-form").hidden,
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
    // Whoever was quicker than this script keeps what they typed.
    this.#composer.value ||= recall(this.#draft, "");
    this.#composer.addEventListener("input", () => this.#typed());
    this.#scroller.addEventListener("scroll", () => {
      if (this.#scroller.scrollTop <= 200) this.#following.older();
    });
  }

  attach(): void {
    this.#attaching.choose();
  }

  // The connection is up again.
  connected(): void {
    this.#following.connected();
    this.#attaching.connected();
  }

  // Something happened here.
  refresh(): void {
    this.#following.refresh();
  }

  refused(frame: Refused): void {
    this.#following.refused(frame);
  }

  take(frame: Events): void {
    const isFirst = this.#following.timeline.last === 0;
    this.#following.take(frame);
    clearTimeout(this.#skeletonTimer);
    byId("skeleton").hidden = true;
    for (const event of frame.events) if (event.key) this.outbox.sent(event.key);
    if (frame.events.some((event) => event.side === "client")) this.showTyping(false);
    this.draw();
    if (isFirst) this.#view.toEnd();
    this.markRead();
  }

  draw(): void {
    const { timeline } = this.#following;
    this.#view.show(timeline, this.outbox.items(this.id));
    this.#files.show(timeline);
  }

  send(): void {
    const body = this.#composer.value;
    if (this.#attaching.mustWait() || (!body.trim() && !this.#attaching.hasFiles())) return;
    if (isTooLong(body)) {
      this.tell(this.words.tooLong);
      return;
    }
    this.#composer.value = "";
    forget(this.#draft);
    byId("draft").textContent = "";
    this.outbox.add(this.id, body, this.#attaching.take());
    this.#view.toEnd();
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

  #typed(): void {
    this.#keepDraft();
    if (!this.#composer.value || Date.now() - this.#typedAt < 3000) return;
    this.#typedAt = Date.now();
    this.connection.send({ type: "typing", conversation: this.id });
  }

  #keepDraft(): void {
    keep(this.#draft, this.#composer.value);
    byId("draft").textContent = this.#composer.value ? this.words.draftKept : "";
  }
}
