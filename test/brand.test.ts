import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import * as source from "../lib/index.ts";
import { useEmulator } from "./support/emulator.ts";

/** The package as it is built, loaded in both ways. */
const imported = (await import("cos-upload-stream" as string)) as typeof source;
const required = createRequire(import.meta.url)("cos-upload-stream") as typeof source;
const copies = [source, imported, required];

const { CosAbortError, CosIntegrityError, CosProcessError, CosServiceError, CosUploadError } = source;

test("the three copies are three", () => {
  assert.equal(new Set(copies.map(({ CosUploadError }) => CosUploadError)).size, 3);
});

test("an error is an instance of its classes in every copy, and of no other", () => {
  for (const made of copies) {
    const errors = [
      new made.CosUploadError("CODE", "message"),
      new made.CosServiceError("CODE", "message", { statusCode: 400, operation: "PutObject" }),
      new made.CosIntegrityError("message", { expected: 1, actual: 2 }),
      new made.CosAbortError("reason"),
    ];
    for (const {
      CosUploadError,
      CosServiceError,
      CosIntegrityError,
      CosAbortError,
      CosProcessError,
    } of copies) {
      const found = errors.map((error) =>
        [CosUploadError, CosServiceError, CosIntegrityError, CosAbortError, CosProcessError].map(
          (type) => error instanceof type,
        ),
      );
      assert.deepEqual(found, [
        [true, false, false, false, false],
        [true, true, false, false, false],
        [true, false, true, false, false],
        [true, false, false, true, false],
      ]);
    }
  }
});

test("clients, streams and transforms are instances of their classes in every copy", async (t) => {
  const { target } = await useEmulator(t);
  for (const made of copies) {
    await using client = new made.CosClient(target);
    await using stream = client.createUploadStream({ key: "object" });
    stream.on("error", () => {});
    const transform = new made.PartTransform();
    transform.destroy();
    for (const { CosClient, UploadStream, PartTransform } of copies) {
      assert.ok(
        client instanceof CosClient && stream instanceof UploadStream && transform instanceof PartTransform,
      );
      assert.ok(!(client instanceof UploadStream) && !(stream instanceof PartTransform));
    }
  }
});

test("a subclass has only its own instances", () => {
  class MyError extends CosUploadError {}
  const mine = new MyError("CODE", "message");
  assert.ok(mine instanceof MyError && mine instanceof imported.CosUploadError);
  assert.ok(!(new CosUploadError("CODE", "message") instanceof MyError));
  assert.ok(!(new imported.CosUploadError("CODE", "message") instanceof MyError));
});

test("what is no instance of anything is an instance of none", () => {
  const others = [
    undefined,
    null,
    1,
    "ERR_COS_NETWORK",
    Symbol.iterator,
    new Error("message"),
    {},
    Object.create(null),
  ];
  for (const type of [CosUploadError, CosServiceError, CosIntegrityError, CosAbortError, CosProcessError]) {
    for (const other of others) assert.equal((other as object) instanceof type, false);
  }
});

test("a client of another copy is refused, and the error says why", async (t) => {
  const { target } = await useEmulator(t);
  await using client = new required.CosClient(target);
  assert.throws(() => imported.createUploadStream({ key: "object", client }), {
    code: "ERR_COS_INVALID_OPTION",
    message:
      /"client": expected a CosClient of the same copy of cos-upload-stream; load it either by `import` or by `require`/,
  });
});

test("a proxy that was revoked is no client, and is refused by the option's name", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const options = { key: "object", client: proxy as source.CosClient };
  assert.throws(() => source.createUploadStream(options), {
    code: "ERR_COS_INVALID_OPTION",
    message: /"client"/,
  });
});
