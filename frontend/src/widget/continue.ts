// The page that a link opens: its token stays in memory, and the code is typed.

import { byId } from "../live/elements.ts";
import { onLinkToken } from "../live/link_token.ts";
import { Refusal } from "../live/refusal.ts";
import { ask } from "./visit.ts";

const form = byId<HTMLFormElement>("continue");
const code = byId<HTMLInputElement>("code");
const problem = byId("problem");
let token = "";

function open(found: string): void {
  if (found) token = found;
  form.hidden = token === "";
  byId("incomplete").hidden = token !== "";
  code.focus();
}

async function enter(): Promise<void> {
  problem.textContent = "";
  try {
    await ask("POST", "/links/open", { token, code: code.value });
    location.replace(`/?lang=${document.documentElement.lang}`);
  } catch (refusal) {
    problem.textContent = refusal instanceof Refusal ? refusal.message : (form.dataset.offline ?? "");
    code.select();
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void enter();
});
onLinkToken(open);
