// The file addresses of the server, as a browser without a page sees them.

import type { FileInfo } from "../src/live/protocol.ts";

export const PART = 4;

interface Known {
  name: string;
  size: number;
  parts: Map<number, string>;
  file: FileInfo | null;
}

export class FakeFileServer {
  known = new Map<string, Known>();
  deleted: string[] = [];
  // What was asked for, such as "PUT /files/uploads/u1/1".
  asked: string[] = [];
  // What answers instead, once each: status 0 is a lost connection, text a refusal's code.
  troubles: { at: string; status: number; code?: string; isStored?: boolean }[] = [];
  // Requests at such an address stay without an answer.
  silent = "";
  #count = 0;

  install(): void {
    const fetching = async (address: string, request: RequestInit) => {
      const { status, body } = await this.#answer(String(request.method), address, request.body, request.signal);
      if (status === 0) throw new TypeError("Failed to fetch");
      return new Response(status === 204 ? null : body, { status });
    };
    const answer = this.#answer.bind(this);
    class Request {
      upload: { onprogress: ((event: { loaded: number }) => void) | null } = { onprogress: null };
      onloadend: (() => void) | null = null;
      status = 0;
      responseText = "";
      #abort = new AbortController();
      #method = "";
      #address = "";
      open(method: string, address: string): void {
        [this.#method, this.#address] = [method, address];
      }
      setRequestHeader(): void {}
      abort(): void {
        this.#abort.abort();
      }
      async send(content: ArrayBuffer): Promise<void> {
        this.upload.onprogress?.({ loaded: content.byteLength / 2 });
        const text = new TextDecoder().decode(content);
        const { status, body } = await answer(this.#method, this.#address, text, this.#abort.signal);
        [this.status, this.responseText] = [status, body];
        this.onloadend?.();
      }
    }
    Object.assign(globalThis, { fetch: fetching, XMLHttpRequest: Request });
  }

  // The whole content of an upload, as the server would join it.
  content(upload: string): string {
    const parts = [...(this.known.get(upload)?.parts ?? [])].sort(([a], [b]) => a - b);
    return parts.map(([, text]) => text).join("");
  }

  async #answer(
    method: string,
    address: string,
    body: unknown,
    signal?: AbortSignal | null,
  ): Promise<{ status: number; body: string }> {
    const path = new URL(address, "https://chat.example").pathname;
    const line = `${method} ${path}`;
    this.asked.push(line);
    await new Promise<void>((resolve) => {
      signal?.addEventListener("abort", () => resolve());
      if (!this.silent || !line.includes(this.silent)) setTimeout(resolve, 1);
    });
    if (signal?.aborted) return { status: 0, body: "" };
    const at = this.troubles.findIndex((trouble) => line.includes(trouble.at));
    const trouble = this.troubles[at];
    if (!trouble) return this.#handle(method, path, body);
    this.troubles.splice(at, 1);
    if (trouble.isStored) this.#handle(method, path, body);
    return { status: trouble.status, body: JSON.stringify({ code: trouble.code, message: `Text: ${trouble.code}` }) };
  }

  #handle(method: string, path: string, body: unknown): { status: number; body: string } {
    const [, , , id = "", what = ""] = path.split("/");
    if (method === "POST" && id === "") {
      const { name, size } = JSON.parse(String(body)) as { name: string; size: number };
      const upload = `u${++this.#count}`;
      this.known.set(upload, { name, size, parts: new Map(), file: null });
      return answered(201, { upload, part: PART, stored: [] });
    }
    if (method === "DELETE") {
      this.deleted.push(path);
      this.known.delete(id);
      return { status: 204, body: "" };
    }
    const upload = this.known.get(id);
    if (!upload) return answered(404, { code: "upload-gone", message: "Gone." });
    if (method === "GET") return answered(200, { upload: id, size: upload.size, part: PART, stored: [...upload.parts.keys()] });
    if (method === "PUT") {
      const before = upload.parts.get(Number(what));
      if (before !== undefined && before !== body) return answered(409, { code: "part-differs", message: "Differs." });
      upload.parts.set(Number(what), String(body));
      return { status: 204, body: "" };
    }
    upload.file ??= { id: `f-${id}`, name: upload.name, size: upload.size, kind: "txt", state: "ready", scan: "none", preview: false };
    return answered(200, { file: upload.file });
  }
}

function answered(status: number, told: object): { status: number; body: string } {
  return { status, body: JSON.stringify(told) };
}
