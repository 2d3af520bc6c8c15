// What the desk asks its server for over HTTP: forms, JSON and fragments of pages.

import { Refusal, refusalOf } from "../live/refusal.ts";
import { background } from "../live/touched.ts";

const token = globalThis.document?.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "";

// A session that has ended leads to a page, which is no answer: nothing that is sent is redirected.
export function post(path: string, fields: Record<string, string> = {}): Promise<Response> {
  const body = new URLSearchParams(fields);
  const headers = { "X-CSRFToken": token, ...background() };
  return fetch(path, { method: "POST", headers, redirect: "error", body });
}

export async function sendJson(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = { "X-CSRFToken": token, "X-Siegel": "1", ...background() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return fetch(path, {
    method,
    headers,
    redirect: "error",
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

export async function getJson<Answer>(path: string): Promise<Answer> {
  const response = await sendJson("GET", path);
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as Answer;
}

// What it was refused with; "gone" for what is not there or not for us, "later" for what may work
// when it is tried again.
export async function whyNot(response: Response): Promise<{ code: string; message: string }> {
  if (response.status === 404) return { code: "gone", message: "" };
  const refusal = await refusalOf(response);
  if (refusal instanceof Refusal && response.status < 500) return { code: refusal.code, message: refusal.message };
  return { code: "later", message: "" };
}

// What has a text in its name, at most twenty.
export async function found(path: string, query: string): Promise<{ id: string; name: string }[]> {
  return (await getJson<{ found: { id: string; name: string }[] }>(`${path}?${new URLSearchParams({ q: query })}`)).found;
}

// A ticket for the socket; null when nobody is signed in any more.
export async function ticket(): Promise<string | null> {
  const response = await post("/socket-ticket/");
  if (response.status === 401 || response.status === 403) return null;
  if (!response.ok) throw await refusalOf(response);
  return ((await response.json()) as { ticket: string }).ticket;
}

// A fragment of a page, as the server rendered and escaped it.
export async function fragment(path: string): Promise<DocumentFragment | null> {
  const response = await fetch(path, { headers: background() });
  if (!response.ok || response.redirected) return null;
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  const made = document.createDocumentFragment();
  made.append(...parsed.body.childNodes);
  return made;
}
