// What a form asks for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dropEmpty } from "../src/administration/queries.ts";

test("empty filters are left out of the address", () => {
  const data = new FormData();
  data.set("who", "");
  data.set("area", "people");
  data.set("zone", "Europe/Berlin");
  dropEmpty(data);
  assert.deepEqual([...data.keys()], ["area", "zone"]);
});
