// A client's passkeys at the chat's host, where the browser can speak of them in JSON.

import { ask, type Visit } from "./visit.ts";

interface Ceremony<Options> {
  ceremony: string;
  options: Options;
}

export function canUsePasskeys(): boolean {
  return typeof PublicKeyCredential === "function" && "parseCreationOptionsFromJSON" in PublicKeyCredential;
}

export async function addPasskey(): Promise<void> {
  const { ceremony, options } = await ask<Ceremony<PublicKeyCredentialCreationOptionsJSON>>("POST", "/passkeys/new", {});
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  await ask("POST", "/passkeys/keep", { ceremony, answer: made.toJSON() });
}

export async function showPasskey(): Promise<Visit> {
  const { ceremony, options } = await ask<Ceremony<PublicKeyCredentialRequestOptionsJSON>>("POST", "/passkeys/ask", {});
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const shown = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  return ask<Visit>("POST", "/passkeys/show", { ceremony, answer: shown.toJSON() });
}
