// Passkeys, and recovery codes on paper. Without a script the forms for codes work.

import { passkeyForms } from "./passkeys.ts";
import { downloadButtons, printButtons } from "./recovery_codes.ts";

passkeyForms(document);
downloadButtons(document);
printButtons(document);
