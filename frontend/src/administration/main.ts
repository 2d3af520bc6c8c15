// The pages of the administration work without a script; this makes them more convenient.

import { localTimes } from "../desk/times.ts";

localTimes(document);
