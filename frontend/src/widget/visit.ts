// What the chat asks its own server for over HTTP.

import { refusalOf } from "../live/refusal.ts";

export interface Visit {
  known: boolean;
  conversation: string | null;
  ticket: string | null;
  present: boolean;
  contact: { name: string; email: string };
  // The organisation takes nothing more from this browser.
  blocked: boolean;
  // Another one for every client who has signed in; empty for all others.
  who: string;
  // As whom somebody has signed in, and what they can choose from then.
  client: { name: string; email: string; way: string } | null;
  conversations: { id: string; started_at: string }[];
  // Somebody waits for a code.
  proof: { person: string } | null;
  // Begun before signing in, and not the account's unless the client says so.
  offer: { started_at: string } | null;
  // Whether a link can be mailed.
  links: boolean;
}

export function look(): Promise<Visit> {
  return ask("GET", "/visit");
}

export function begin(language: string): Promise<Visit> {
  return ask("POST", "/visit", { language });
}

export function introduce(name: string, email: string): Promise<unknown> {
  return ask("POST", "/contact", { name, email });
}

export async function ask<T>(method: string, path: string, body?: object): Promise<T> {
  const language = document.documentElement.lang;
  const request: RequestInit = { method, headers: { "X-Siegel": "1", "Content-Type": "application/json" } };
  if (body) request.body = JSON.stringify(body);
  const response = await fetch(`${path}?lang=${language}`, request);
  if (response.status === 204) return undefined as T;
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as T;
}
