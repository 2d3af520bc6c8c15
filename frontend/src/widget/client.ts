// A client who is known: as whom, in which of their conversations, on which devices.

import { byId, element, isolated, wholeDate } from "../live/elements.ts";
import { Refusal } from "../live/refusal.ts";
import { addPasskey, canUsePasskeys } from "./passkeys.ts";
import { ask, type Visit } from "./visit.ts";

export interface ClientWords {
  signedInAs: string;
  signedIn: string;
  begun(time: string): string;
  ways: Record<string, string>;
  thisDevice: string;
  unknownBrowser: string;
  since(time: string): string;
  end: string;
  signedOut: string;
  passkey(time: string): string;
  remove: string;
  noPasskey: string;
}

interface Device {
  device: string;
  browser: string;
  way: string;
  started_at: string;
  own: boolean;
}

interface Passkey {
  passkey: string;
  added_at: string;
}

interface ClientOptions {
  language: string;
  words: ClientWords;
  // Another conversation of theirs was chosen.
  onChosen(conversation: string): void;
  // Somebody else is there now, or nobody any more.
  onChanged(visit: Visit | null): void;
  // Nobody is signed in any more, by their own wish or because they were away for too long.
  onSignedOut(): void;
  onProblem(text: string): void;
  offline: string;
}

export class KnownClient {
  #panel = byId("client");
  #details = byId<HTMLDetailsElement>("client-details");
  #who = byId("client-who");
  #choice = byId<HTMLSelectElement>("client-conversations");
  #devices = byId("client-devices");
  #passkeys = byId("client-passkeys");
  #isKnown = false;
  // One after the other: whoever is signed out while the page still names them is so in the end.
  #turn: Promise<void> = Promise.resolve();

  constructor(private readonly options: ClientOptions) {
    this.#choice.addEventListener("change", () => options.onChosen(this.#choice.value));
    this.#details.addEventListener("toggle", () => {
      if (this.#details.open) void this.#listDevices();
    });
    const adding = byId("client-add-passkey");
    adding.hidden = !canUsePasskeys();
    adding.addEventListener("click", () => void this.#addPasskey());
    byId("client-sign-out").addEventListener("click", () => void this.signOut());
  }

  // The page around the chat says who is there. What it says wrongly is told to whoever builds it.
  identify(token: string): Promise<void> {
    return this.#inTurn(() => this.#identify(token));
  }

  // Asked for in any case: the page may say so before this chat knows who is there.
  signOut(): Promise<void> {
    return this.#inTurn(() =>
      this.#doing(async () => {
        await ask("POST", "/sign-out", {});
        if (this.#isKnown) this.options.onChanged(null);
      }),
    );
  }

  #inTurn(what: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(what);
    return this.#turn;
  }

  async #identify(token: string): Promise<void> {
    try {
      const visit = await ask<Visit>("POST", "/recognise", { token });
      this.#isKnown = true;
      this.options.onChanged(visit);
    } catch (problem) {
      const reason = problem instanceof Refusal ? `${problem.code}: ${problem.message}` : "not reached";
      console.warn(`Siegel: ${reason} See docs/how-to/recognise-clients.md.`);
    }
  }

  show(visit: Visit, chosen: string | null): void {
    const { client, conversations } = visit;
    const { words } = this.options;
    if (this.#isKnown && client === null) this.options.onSignedOut();
    this.#isKnown = client !== null;
    this.#panel.hidden = client === null;
    if (client === null) {
      this.#details.open = false;
      return;
    }
    const name = client.name || client.email;
    this.#who.replaceChildren(...(name ? [words.signedInAs, " ", isolated(name)] : [words.signedIn]));
    byId("client-choice").hidden = conversations.length < 2;
    const options = conversations.map(({ id, started_at }) => {
      const option = new Option(words.begun(this.#time(started_at)), id);
      option.selected = id === chosen;
      return option;
    });
    this.#choice.replaceChildren(...options);
  }

  async #listDevices(): Promise<void> {
    await this.#doing(async () => {
      type Listed = { devices: Device[]; passkeys: Passkey[] };
      const { devices, passkeys } = await ask<Listed>("GET", "/devices");
      this.#devices.replaceChildren(...devices.map((device) => this.#row(device)));
      this.#passkeys.replaceChildren(...passkeys.map((passkey) => this.#passkeyRow(passkey)));
    });
  }

  #row(device: Device): HTMLElement {
    const { words } = this.options;
    const browser = device.browser || words.unknownBrowser;
    const facts = [browser, words.ways[device.way] ?? "", words.since(this.#time(device.started_at))];
    const row = element("li", {}, facts.filter(Boolean).join(" · "));
    if (device.own) {
      row.append(` (${words.thisDevice})`);
      return row;
    }
    row.append(" ", this.#button(words.end, "/devices/end", { device: device.device }));
    return row;
  }

  #passkeyRow({ passkey, added_at }: Passkey): HTMLElement {
    const { words } = this.options;
    const remove = this.#button(words.remove, "/passkeys/remove", { passkey });
    return element("li", {}, words.passkey(this.#time(added_at)), " ", remove);
  }

  #button(text: string, path: string, what: object): HTMLElement {
    const button = element("button", { type: "button", class: "button small" }, text);
    button.addEventListener("click", () => void this.#end(path, what));
    return button;
  }

  // Cancelled, timed out, or none that fits: the browser tells no more than that it failed.
  async #addPasskey(): Promise<void> {
    try {
      await addPasskey();
    } catch (problem) {
      this.options.onProblem(problem instanceof Refusal ? problem.message : this.options.words.noPasskey);
    }
    await this.#listDevices();
  }

  async #end(path: string, what: object): Promise<void> {
    await this.#doing(() => ask("POST", path, what));
    await this.#listDevices();
    this.#panel.querySelector("summary")?.focus();
  }

  async #doing(what: () => Promise<unknown>): Promise<void> {
    try {
      await what();
    } catch (problem) {
      this.options.onProblem(problem instanceof Refusal ? problem.message : this.options.offline);
    }
  }

  #time(iso: string): string {
    return wholeDate(new Date(iso), this.options.language);
  }
}
