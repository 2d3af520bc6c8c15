// What the desk says of a contact's and a hold's events, in two originals.

import { isolated } from "../live/elements.ts";
import type { ServerEvent } from "../live/protocol.ts";

type Line = (Node | string)[] | null;

export function germanLine(event: ServerEvent): Line {
  const by = isolated(event.name);
  switch (event.kind) {
    case "contact-changed":
      return [by, " hat die Angaben zum Kontakt geändert"];
    case "merged":
      return [by, " hat den Kontakt mit einem anderen zusammengeführt"];
    case "split":
      return [by, " hat die Zusammenführung des Kontakts aufgehoben"];
    case "blocked":
      return [by, " hat den Kontakt gesperrt"];
    case "unblocked":
      return [by, " hat die Sperre des Kontakts aufgehoben"];
    case "held":
      return [by, " hat das Gespräch vor dem Löschen bewahrt: ", isolated(event.reason)];
    case "hold-lifted":
      return [by, " hat das Bewahren vor dem Löschen aufgehoben"];
    default:
      return null;
  }
}

export function englishLine(event: ServerEvent): Line {
  const by = isolated(event.name);
  switch (event.kind) {
    case "contact-changed":
      return [by, " changed what is known of the contact"];
    case "merged":
      return [by, " merged the contact with another one"];
    case "split":
      return [by, " split the contact from another one"];
    case "blocked":
      return [by, " blocked the contact"];
    case "unblocked":
      return [by, " unblocked the contact"];
    case "held":
      return [by, " put the conversation on hold: ", isolated(event.reason)];
    case "hold-lifted":
      return [by, " lifted the hold"];
    default:
      return null;
  }
}
