// What both sides ask the server for when they hand over files.

import type { FileInfo } from "./protocol.ts";

export interface Limits {
  largest: number;
  accept: string;
  // "before-answer": a visitor may send larger ones once somebody has answered.
  reason: string;
}

export interface Receipt {
  upload: string;
  part: number;
  stored: number[];
}

// The server says no; the message is for a person and in their language.
export class FileRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

// No answer, or one that says: later. What has been stored is still there.
export class Lost extends Error {}

const LATER = new Set([0, 408, 429, 502, 503, 504]);
// A part of which nothing moves for so long is given up and sent again.
const SILENCE_IS_DEATH = 120_000;

export function limitsFor(conversation: string | null): Promise<Limits> {
  return ask("GET", "/files/limits", conversation === null ? {} : { conversation });
}

export function announce(conversation: string, file: File, signal: AbortSignal): Promise<Receipt> {
  const body = JSON.stringify({ conversation, name: file.name, size: file.size });
  return ask("POST", "/files/uploads", {}, { body, signal });
}

export function receiptOf(upload: string, signal: AbortSignal): Promise<Receipt> {
  return ask("GET", `/files/uploads/${upload}`, {}, { signal });
}

export async function complete(upload: string, signal: AbortSignal): Promise<FileInfo> {
  return (await ask<{ file: FileInfo }>("POST", `/files/uploads/${upload}/complete`, {}, { signal })).file;
}

export function cancelUpload(upload: string): Promise<void> {
  return ask("DELETE", `/files/uploads/${upload}`);
}

export function deleteFile(file: string): Promise<void> {
  return ask("DELETE", `/files/${file}`);
}

export async function pageCount(file: string): Promise<number> {
  return (await ask<{ pages: number }>("GET", `/files/${file}/preview`)).pages;
}

export function addressOf(file: string, page?: number): string {
  return page === undefined ? `/files/${file}` : `/files/${file}/pages/${page}`;
}

// fetch tells nothing of how far it has come, hence the older interface.
export function putPart(
  upload: string,
  number: number,
  content: ArrayBuffer,
  digest: string,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer: ReturnType<typeof setTimeout>;
    const isAlive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), SILENCE_IS_DEATH);
    };
    const giveUp = () => request.abort();
    request.upload.onprogress = (event) => {
      isAlive();
      onProgress(event.loaded);
    };
    request.onloadend = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
      if (request.status === 204) resolve();
      else reject(problemOf(request.status, request.responseText));
    };
    request.open("PUT", addressed(`/files/uploads/${upload}/${number}`, {}));
    request.setRequestHeader("X-Siegel", "1");
    request.setRequestHeader("Content-Digest", `sha-256=:${digest}:`);
    signal.addEventListener("abort", giveUp);
    isAlive();
    request.send(content);
  });
}

async function ask<T>(
  method: string,
  path: string,
  query: Record<string, string> = {},
  more: RequestInit = {},
): Promise<T> {
  const headers = { "X-Siegel": "1", "Content-Type": "application/json" };
  let status = 0;
  let text = "";
  try {
    const response = await fetch(addressed(path, query), { method, headers, ...more });
    text = await response.text();
    status = response.status;
  } catch {
    // Status 0: nothing came back, or not all of it.
  }
  if (status < 200 || status > 299) throw problemOf(status, text);
  return (text ? JSON.parse(text) : undefined) as T;
}

function addressed(path: string, query: Record<string, string>): string {
  return `${path}?${new URLSearchParams({ ...query, lang: document.documentElement.lang })}`;
}

// A full quota answers nothing but a text; an unexpected page answers no text at all.
function problemOf(status: number, text: string): Error {
  if (LATER.has(status)) return new Lost();
  try {
    const told = JSON.parse(text) as { code?: unknown; message?: unknown };
    return new FileRefusal(status, String(told.code ?? ""), String(told.message ?? ""));
  } catch {
    return new FileRefusal(status, "", "");
  }
}
