// Files on their way to the server: one after the other in the order chosen, in parts, and never
// begun anew when the connection or this page comes back.

import { pause } from "./connection.ts";
import {
  announce,
  cancelUpload,
  complete,
  deleteFile,
  FileRefusal,
  Lost,
  putPart,
  type Receipt,
  receiptOf,
} from "./file_requests.ts";
import { keep, recall, whenMine } from "./kept.ts";
import type { FileInfo } from "./protocol.ts";
import { Pace } from "./upload_pace.ts";

type UploadState =
  | "waiting"
  | "sending"
  | "lost"
  | "checking"
  | "done"
  // The page was closed meanwhile; the file must be chosen again.
  | "interrupted"
  | "refused";

export interface Upload {
  id: string;
  name: string;
  size: number;
  state: UploadState;
  sent: number;
  // Bytes per second, 0 as long as nobody can tell.
  speed: number;
  // What the server calls the upload.
  upload: string | null;
  // SHA-256 of each part that is stored there, by its number.
  digests: Record<number, string>;
  file: FileInfo | null;
  problem: string;
}

interface UploadsOptions {
  // Under which name the list is kept.
  name: string;
  // The conversation to upload to, begun if need be; null when that is not possible just now.
  conversation(): Promise<string | null>;
  // Why a file need not be tried, or nothing.
  objection(file: File): string;
  words: { unreadable: string; failed: string };
  onChange(): void;
}

// Faults that may be somebody else's: a part damaged on its way, an upload gone meanwhile.
const WORTH_ANOTHER_TRY = new Set(["part-damaged", "parts-missing", "part-differs", "upload-gone"]);
const MOST_TRIES = 4;
// The server failed, perhaps because it was about to stop.
const MOST_TRIES_OF_A_BROKEN_SERVER = 5;
const BUSY = new Set<UploadState>(["waiting", "sending", "lost", "checking"]);

export class Uploads {
  #all: Upload[] = [];
  #sources = new Map<string, File>();
  #running: { upload: Upload; abort: AbortController } | null = null;
  #isMine = false;
  #wake: () => void = () => undefined;

  constructor(private readonly options: UploadsOptions) {
    whenMine(options.name, () => {
      this.#isMine = true;
      this.#all.push(...recall<Upload[]>(options.name, []).map(afterReload));
      this.#changed();
    });
  }

  all(): readonly Upload[] {
    return this.#all;
  }

  // Whether a message must wait.
  isBusy(): boolean {
    return this.#all.some(({ state }) => BUSY.has(state));
  }

  // What the next message will take along.
  ready(): FileInfo[] {
    return this.#all.flatMap(({ file }) => (file ? [file] : []));
  }

  // Chosen, dropped or pasted. A file that was interrupted goes on where it stood.
  add(files: Iterable<File>): void {
    for (const file of files) {
      const isSame = ({ state, name, size }: Upload) =>
        state === "interrupted" && name === file.name && size === file.size;
      let upload = this.#all.find(isSame);
      if (!upload) {
        upload = begun(file.name, file.size);
        upload.problem = this.options.objection(file);
        this.#all.push(upload);
      }
      upload.state = upload.problem ? "refused" : "waiting";
      if (!upload.problem) this.#sources.set(upload.id, file);
    }
    this.#changed();
    void this.#next();
  }

  // The files go out with a message, which takes care of them from now on.
  take(): FileInfo[] {
    const files = this.ready();
    this.#all = this.#all.filter(({ file }) => !file);
    this.#changed();
    return files;
  }

  // A message that was not sent is edited: its files are there again.
  giveBack(files: FileInfo[]): void {
    this.#all.push(...files.map(uploaded));
    this.#changed();
  }

  // Stop it or throw it away; nothing of it stays at the server.
  cancel(id: string): void {
    const upload = this.#all.find((known) => known.id === id);
    if (!upload) return;
    this.#all = this.#all.filter((known) => known !== upload);
    this.#sources.delete(id);
    if (this.#running?.upload === upload) this.#running.abort.abort();
    // If the server does not hear of it, it clears up abandoned uploads by itself.
    if (upload.file) deleteFile(upload.file.id).catch(() => undefined);
    else if (upload.upload) cancelUpload(upload.upload).catch(() => undefined);
    this.#changed();
  }

  // The connection is back: do not wait for the end of a pause.
  retryNow(): void {
    this.#wake();
  }

  async #next(): Promise<void> {
    const upload = this.#all.find(({ state }) => state === "waiting");
    const source = upload && this.#sources.get(upload.id);
    if (this.#running || !upload || !source) return;
    const abort = new AbortController();
    this.#running = { upload, abort };
    try {
      upload.file = await this.#carry(upload, source, abort.signal);
      upload.state = "done";
    } catch (problem) {
      upload.state = "refused";
      upload.problem = this.#textOf(problem);
      // What was sent of it is of no use to anybody; after a cancellation it is deleted already.
      if (!abort.signal.aborted) this.#startOver(upload);
    }
    this.#running = null;
    this.#sources.delete(upload.id);
    this.#changed();
    void this.#next();
  }

  #textOf(problem: unknown): string {
    const { unreadable, failed } = this.options.words;
    if (problem instanceof FileRefusal) return problem.message || failed;
    return problem instanceof DOMException ? unreadable : failed;
  }

  // Try until it is there, cancelled or refused for good.
  async #carry(upload: Upload, source: File, signal: AbortSignal): Promise<FileInfo> {
    let attempt = 0;
    let faults = 0;
    for (;;) {
      const sent = upload.sent;
      try {
        return await this.#send(upload, source, signal);
      } catch (problem) {
        signal.throwIfAborted();
        if (!(problem instanceof Lost) && !isWorthAnotherTry(problem, ++faults)) throw problem;
        if (upload.sent > sent) attempt = 0;
        this.#become(upload, "lost");
        await this.#pause(attempt, signal);
        attempt += 1;
      }
    }
  }

  async #send(upload: Upload, source: File, signal: AbortSignal): Promise<FileInfo> {
    const receipt = await this.#receipt(upload, source, signal);
    const pace = new Pace();
    this.#become(upload, "sending");
    upload.sent = Math.min(source.size, receipt.stored.length * receipt.part);
    for (let number = 1; (number - 1) * receipt.part < source.size; number += 1) {
      const from = (number - 1) * receipt.part;
      const content = await source.slice(from, from + receipt.part).arrayBuffer();
      const digest = await digestOf(content);
      if (!receipt.stored.includes(number) || upload.digests[number] !== digest) {
        try {
          await putPart(receipt.upload, number, content, digest, signal, (bytes) => {
            upload.sent = from + Math.min(bytes, content.byteLength);
            upload.speed = pace.after(upload.sent);
            this.options.onChange();
          });
        } catch (problem) {
          if (problem instanceof FileRefusal && problem.code === "part-differs") this.#startOver(upload);
          throw problem;
        }
        upload.digests[number] = digest;
        upload.sent = from + content.byteLength;
        this.#changed();
      }
    }
    this.#become(upload, "checking");
    return complete(receipt.upload, signal);
  }

  // What is stored already. An upload that has gone, or was of another content, is begun anew.
  async #receipt(upload: Upload, source: File, signal: AbortSignal): Promise<Receipt> {
    if (upload.upload !== null) {
      try {
        return await receiptOf(upload.upload, signal);
      } catch (problem) {
        if (!(problem instanceof FileRefusal) || problem.status === 500) throw problem;
        this.#startOver(upload);
      }
    }
    const conversation = await this.options.conversation();
    signal.throwIfAborted();
    if (conversation === null) throw new Lost();
    const receipt = await announce(conversation, source, signal);
    upload.upload = receipt.upload;
    this.#changed();
    return receipt;
  }

  #startOver(upload: Upload): void {
    if (upload.upload) cancelUpload(upload.upload).catch(() => undefined);
    Object.assign(upload, { upload: null, digests: {}, sent: 0 });
  }

  async #pause(attempt: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, pause(attempt));
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    signal.throwIfAborted();
  }

  #become(upload: Upload, state: UploadState): void {
    upload.state = state;
    upload.speed = 0;
    this.#changed();
  }

  #changed(): void {
    if (this.#isMine) keep(this.options.name, this.#all);
    this.options.onChange();
  }
}

function begun(name: string, size: number): Upload {
  const known = { upload: null, digests: {}, file: null, problem: "" };
  return { id: crypto.randomUUID(), name, size, state: "waiting", sent: 0, speed: 0, ...known };
}

function uploaded(file: FileInfo): Upload {
  return { ...begun(file.name, file.size), state: "done", sent: file.size, file };
}

function afterReload(upload: Upload): Upload {
  return BUSY.has(upload.state) ? { ...upload, state: "interrupted", speed: 0 } : upload;
}

function isWorthAnotherTry(problem: unknown, faults: number): boolean {
  if (!(problem instanceof FileRefusal)) return false;
  if (problem.status === 500) return faults < MOST_TRIES_OF_A_BROKEN_SERVER;
  return WORTH_ANOTHER_TRY.has(problem.code) && faults < MOST_TRIES;
}

async function digestOf(content: ArrayBuffer): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", content);
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
