// The page that asks whether to sign out, for those who come to its address.

import { forgetAtSignOut } from "./signing_out.ts";

forgetAtSignOut();
