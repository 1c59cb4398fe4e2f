import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { type Emulator, startEmulator } from "../../lib/emulator/index.ts";
import { sendBytes } from "./raw-socket.ts";
import { expectedOf, targets } from "./request-targets.ts";
import { namesIn, raw, sign, temporaryDirectory, withEmulator } from "./support.ts";

const put = (emulator: Emulator, target: string, key: string, body: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(
      `PUT ${target} HTTP/1.1\r\nHost: ${new URL(emulator.url).host}\r\nConnection: close\r\n` +
        `Content-Length: ${body.length}\r\nAuthorization: ${sign(emulator, { method: "PUT", key })}\r\n\r\n`,
      "latin1",
    ),
    body,
  ]);

describe("Keys", () => {
  it("of any request target stay inside the directory, and are found again as they were", async (t) => {
    const outer = await temporaryDirectory(t);
    const parent = join(outer, "a", "b", "c");
    const directory = join(parent, "emulator");
    await mkdir(parent, { recursive: true });
    for (const folder of [outer, join(outer, "a"), parent])
      await writeFile(join(folder, "secret"), "outside");
    const emulator = await withEmulator(t, { directory });
    const outside = await namesIn(outer, directory);
    const model = new Map<string, Buffer>();
    const property = fc.asyncProperty(targets, fc.uint8Array({ maxLength: 40 }), async (path, content) => {
      const body = Buffer.from(content);
      const expected = expectedOf(path);
      const key = "key" in expected ? expected.key : "";
      const answer = await sendBytes(emulator, [put(emulator, `/${path}`, key, body)]);
      if ("code" in expected) {
        assert.deepEqual(
          [answer.code, answer.status],
          [expected.code, expected.code === "MethodNotAllowed" ? 405 : 400],
        );
      } else {
        assert.equal(answer.status, 200, answer.text);
        model.set(key, body);
        assert.deepEqual((await raw(emulator, { key })).body, body);
      }
      assert.equal(emulator.objects().length, model.size);
      assert.equal(emulator.objects().find((object) => object.key === key)?.size, model.get(key)?.length);
    });
    await fc.assert(property, { numRuns: 400 });
    assert.deepEqual(await namesIn(outer, directory), outside, "nothing was made outside");
    for (const folder of [outer, join(outer, "a"), parent]) {
      assert.equal(await readFile(join(folder, "secret"), "utf8"), "outside");
    }
    // Windows, macOS and Linux keep these apart, whatever they fold, trim or reserve.
    const names = (await namesIn(directory, join(directory, "locks"))).map((path) => path.split("/").at(-1)!);
    for (const name of names) assert.match(name, /^[a-z0-9]([a-z0-9.-]{0,98}[a-z0-9])?$/);
    for (const name of names) assert.doesNotMatch(name, /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/);

    await emulator.close();
    const again = await withEmulator(t, { directory });
    assert.deepEqual(new Set(again.objects().map(({ key }) => key)), new Set(model.keys()));
    for (const [key, body] of model) assert.deepEqual((await raw(again, { key })).body, body, key);
  });
});

describe("Two keys", () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());

  for (const [how, one, other] of [
    ["differ in case", "Key", "kEY"],
    ["differ in a case that folds to two letters", "straße", "STRASSE"],
    ["are composed and decomposed", "caf\u00e9", "cafe\u0301"],
    ["differ in a trailing dot", "name", "name."],
    ["differ in a trailing blank", "name2", "name2 "],
    ["differ in a slash", "dir", "dir/"],
    ["differ in a doubled slash", "a/b", "a//b"],
    ["would be one path", "x/../y", "y"],
    ["differ in the kind of slash", "p/q", "p\\q"],
    ["differ in what a percent sign stands for", "%41", "A"],
    ["differ after 849 bytes", `${"k".repeat(849)}a`, `${"k".repeat(849)}b`],
    ["differ in a BOM", "bom", "\ufeffbom"],
    ["are a folder and a file in it", "folder", "folder/file"],
  ] as const) {
    it(`that ${how} are two objects`, async () => {
      for (const key of [one, other]) await raw(emulator, { method: "PUT", key, body: `of ${key}` });
      for (const key of [one, other]) assert.equal((await raw(emulator, { key })).text, `of ${key}`);
      await raw(emulator, { method: "DELETE", key: one });
      assert.equal((await raw(emulator, { key: one })).status, 404);
      assert.equal((await raw(emulator, { key: other })).text, `of ${other}`);
    });
  }
});

describe("A key", () => {
  it("may have 850 bytes of UTF-8, and is refused as KeyTooLong with one more", async (t) => {
    const emulator = await withEmulator(t);
    for (const [longest, longer] of [
      ["k".repeat(850), "k".repeat(851)],
      ["é".repeat(425), `${"é".repeat(425)}k`],
    ] as const) {
      assert.equal((await raw(emulator, { method: "PUT", key: longest, body: "x" })).status, 200);
      assert.equal((await raw(emulator, { key: longest })).text, "x");
      const refused = await raw(emulator, { method: "PUT", key: longer, body: "x" });
      assert.deepEqual([refused.status, refused.code], [400, "KeyTooLong"]);
      const upload = await raw(emulator, { method: "POST", key: longer, query: { uploads: "" } });
      assert.deepEqual([upload.status, upload.code], [400, "KeyTooLong"]);
    }
    assert.deepEqual(emulator.uploads(), []);
  });
});
