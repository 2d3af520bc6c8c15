// The pages of the administration work without a script; this makes them more convenient.

import { forgetAtSignOut } from "../desk/signing_out.ts";
import { localTimes } from "../desk/times.ts";
import { copyButtons } from "../live/copying.ts";
import { revealButtons } from "../live/revealing.ts";
import { judgedPasswords } from "./judged_password.ts";
import { passwordRules } from "./password_rules.ts";
import { trail } from "./trail.ts";

localTimes(document);
copyButtons(document);
forgetAtSignOut();
judgedPasswords();
revealButtons(document);
passwordRules();
// On a phone the pages stand in one line, of which only a part is seen.
document.querySelector(".pages [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
trail();
