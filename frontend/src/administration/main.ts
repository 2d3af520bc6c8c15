// The pages of the administration work without a script; this makes them more convenient.

import { forgetAtSignOut } from "../desk/signing_out.ts";
import { localTimes } from "../desk/times.ts";
import { copyButtons } from "./copying.ts";
import { trail } from "./trail.ts";

localTimes(document);
copyButtons(document);
forgetAtSignOut();
// On a phone the pages stand in one line, of which only a part is seen.
document.querySelector(".pages [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
trail();
