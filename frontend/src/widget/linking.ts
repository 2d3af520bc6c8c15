// Going on from another device, or coming back: a link by mail, and the code for it.

import { byId } from "../live/elements.ts";
import { Refusal } from "../live/refusal.ts";
import { canUsePasskeys, showPasskey } from "./passkeys.ts";
import { ask, type Visit } from "./visit.ts";

export class Linking {
  #button = byId("linking-open");
  #form = byId<HTMLFormElement>("linking");
  #email = byId<HTMLInputElement>("linking-email");
  #problem = byId("linking-problem");
  #sent = byId("linking-sent");

  constructor(
    private readonly offline: string,
    private readonly noPasskey: string,
    private readonly onSignedIn: () => void,
  ) {
    byId("linking-show-passkey").addEventListener("click", () => void this.#showPasskey());
    this.#button.addEventListener("click", () => this.#open());
    byId("linking-later").addEventListener("click", () => this.#close());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
  }

  show({ client, links, contact }: Visit): void {
    const passkeys = canUsePasskeys() && client === null;
    // Whoever has an address gets links there already.
    const byMail = links && !client?.email;
    this.#button.hidden = !byMail && !passkeys;
    byId("linking-by-mail").hidden = !byMail;
    byId("linking-by-passkey").hidden = !passkeys;
    if (!this.#email.value) this.#email.value = contact.email;
  }

  #open(): void {
    this.#form.hidden = false;
    this.#form.scrollIntoView({ block: "nearest" });
    this.#form.querySelector<HTMLElement>("section:not([hidden]) :is(input, button)")?.focus();
  }

  #close(): void {
    this.#form.hidden = this.#sent.hidden = true;
    this.#problem.textContent = "";
    this.#button.focus();
  }

  async #showPasskey(): Promise<void> {
    this.#problem.textContent = "";
    try {
      await showPasskey();
      this.#close();
      this.onSignedIn();
    } catch (problem) {
      this.#problem.textContent = problem instanceof Refusal ? problem.message : this.noPasskey;
    }
  }

  async #send(): Promise<void> {
    this.#problem.textContent = "";
    try {
      const { code } = await ask<{ code: string }>("POST", "/links", { email: this.#email.value });
      byId("linking-code").textContent = code;
      this.#sent.hidden = false;
      this.#sent.scrollIntoView({ block: "nearest" });
    } catch (problem) {
      this.#problem.textContent = problem instanceof Refusal ? problem.message : this.offline;
      this.#email.focus();
    }
  }
}
