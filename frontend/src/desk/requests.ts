// What the desk asks its server for over HTTP.

import { refusalOf } from "../live/refusal.ts";

const token = document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "";

export function post(path: string): Promise<Response> {
  return fetch(path, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "error" });
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
  const response = await fetch(path);
  if (!response.ok || response.redirected) return null;
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  const made = document.createDocumentFragment();
  made.append(...parsed.body.childNodes);
  return made;
}
