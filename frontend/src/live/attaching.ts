// Files for the next message: choosing, limits, progress, and whether the message may go.

import { byId, element } from "./elements.ts";
import { FilePicker } from "./file_picker.ts";
import { deleteFile, type Limits, limitsFor } from "./file_requests.ts";
import type { FileWords } from "./file_words.ts";
import type { FileInfo } from "./protocol.ts";
import { sizeText } from "./sizes.ts";
import { UploadChips } from "./upload_chips.ts";
import { type Upload, Uploads } from "./uploads.ts";

interface AttachingOptions {
  // Under which name unsent files are kept over a reload.
  name: string;
  language: string;
  words: FileWords;
  region: HTMLElement;
  composer: HTMLElement;
  sendButton: HTMLElement;
  isEnabled(): boolean;
  conversation(): Promise<string | null>;
}

export class Attaching {
  #limits: Limits | null = null;
  #asked: string | null | undefined;
  #milestones = new Map<string, number>();
  #zone: HTMLElement;
  #picker: FilePicker;
  #chips: UploadChips;
  #uploads: Uploads;

  constructor(private readonly options: AttachingOptions) {
    const { words, language, region, composer } = options;
    // For those who drag with a mouse; everybody else has the buttons.
    this.#zone = element("div", { class: "drop-zone", hidden: "", "aria-hidden": "true" });
    region.append(this.#zone);
    this.#uploads = new Uploads({
      name: options.name,
      words,
      conversation: options.conversation,
      objection: (file) => this.#objection(file),
      onChange: () => this.#draw(),
    });
    this.#chips = new UploadChips(byId("chips"), {
      words,
      language,
      onCancel: (upload) => this.#cancel(upload),
      onChooseAgain: () => this.#picker.choose(),
    });
    this.#picker = new FilePicker({
      region,
      composer,
      zone: this.#zone,
      isEnabled: options.isEnabled,
      onFiles: (files) => this.#uploads.add(files),
    });
    this.#showLimits();
    this.#draw();
  }

  choose(): void {
    this.#picker.choose();
  }

  // Whether sending has to wait for an upload; if so, the reader is told.
  mustWait(): boolean {
    if (!this.#uploads.isBusy()) return false;
    this.#say(this.options.words.sendLater);
    return true;
  }

  isBusy(): boolean {
    return this.#uploads.isBusy();
  }

  hasFiles(): boolean {
    return this.#uploads.ready().length > 0;
  }

  take(): FileInfo[] {
    return this.#uploads.take();
  }

  giveBack(files: FileInfo[] = []): void {
    this.#uploads.giveBack(files);
  }

  // The message was discarded: its files go as well.
  discard(files: FileInfo[] = []): void {
    // What the server does not hear of, it clears up by itself.
    for (const { id } of files) deleteFile(id).catch(() => undefined);
  }

  connected(): void {
    this.#uploads.retryNow();
  }

  // Ask once for each conversation.
  limits(conversation: string | null): void {
    if (this.#asked === conversation) return;
    this.#asked = conversation;
    const forget = () => {
      if (this.#asked === conversation) this.#asked = undefined;
    };
    void limitsFor(conversation).then((limits) => {
      this.#limits = limits;
      this.#picker.accept(limits.accept);
      this.#showLimits();
    }, forget);
  }

  // Somebody answered: what was not allowed before may be now.
  answered(conversation: string | null): void {
    if (this.#limits?.reason !== "before-answer") return;
    this.#asked = undefined;
    this.limits(conversation);
  }

  #objection(file: File): string {
    const { words, language } = this.options;
    const { largest = Infinity, reason = "" } = this.#limits ?? {};
    if (file.size <= largest) return "";
    const size = sizeText(largest, language);
    return reason === "before-answer" ? words.tooLargeBeforeAnswer(size) : words.tooLarge(size);
  }

  #showLimits(): void {
    const { words, language } = this.options;
    let text = "";
    if (this.#limits) {
      const size = sizeText(this.#limits.largest, language);
      text = this.#limits.reason === "before-answer" ? words.upToBeforeAnswer(size) : words.upTo(size);
    }
    byId("limit").textContent = text;
    byId("attach").title = text;
    this.#zone.replaceChildren(element("strong", {}, words.dropHere), element("span", {}, text));
  }

  // Whoever removed one with the keyboard goes on from the composer.
  #cancel(upload: Upload): void {
    this.#uploads.cancel(upload.id);
    this.options.composer.focus();
  }

  #draw(): void {
    const isBusy = this.#uploads.isBusy();
    this.#chips.show(this.#uploads.all());
    const reason = byId("send-later");
    reason.textContent = isBusy ? this.options.words.sendLater : "";
    reason.hidden = !isBusy;
    this.options.sendButton.setAttribute("aria-disabled", String(isBusy));
    for (const upload of this.#uploads.all()) this.#announce(upload);
  }

  // Read aloud at the start, half way and at the end; anything more would be in the way.
  #announce({ id, name, state, sent, size }: Upload): void {
    const { words } = this.options;
    const before = this.#milestones.get(id);
    const milestone = state === "done" ? 2 : state === "sending" ? (sent * 2 >= size ? 1 : 0) : before;
    if (milestone === undefined || milestone <= (before ?? -1)) return;
    this.#milestones.set(id, milestone);
    // One that was there when the page was loaded is no news.
    if (before === undefined && milestone === 2) return;
    const text = [words.begins, words.half, words.ends][milestone] as (name: string) => string;
    this.#say(text(name));
  }

  #say(text: string): void {
    byId("said").textContent = text;
  }
}
