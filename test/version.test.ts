import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { VERSION } from "../lib/version.ts";

test("the version in the code is the manifest's", async () => {
  const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8");
  assert.equal((JSON.parse(manifest) as { version: string }).version, VERSION);
});
