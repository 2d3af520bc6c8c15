// Opening an invitation, or a link for a new password: the token goes into the form, and with it to
// the server.

import { onLinkToken } from "../live/link_token.ts";
import { revealButtons } from "../live/revealing.ts";

const opening = document.querySelector<HTMLFormElement>("#opening");
const field = document.querySelector<HTMLInputElement>("#token");
if (opening && field) {
  onLinkToken((token) => {
    field.value = token;
    opening.hidden = !token;
    document.querySelector<HTMLElement>("#incomplete")?.toggleAttribute("hidden", Boolean(token));
    if (token) opening.submit();
  });
}
revealButtons(document);
