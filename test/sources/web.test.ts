import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ReadableStream } from "node:stream/web";
import { describe, test } from "node:test";
import type { UploadStream } from "../../lib/index.ts";
import { readableOf } from "../support/bytes.ts";
import { useEmulator } from "../support/emulator.ts";
import { failure, recordEnding, success } from "../support/ending.ts";
import { assertStored, bytes, uploadTo } from "./support.ts";

/** Rule 23. Its types want Node's own class; what it needs is that of readable-stream too. */
function toWeb(upload: UploadStream): ReturnType<typeof Writable.toWeb> {
  return Writable.toWeb(upload);
}

describe("Web streams", () => {
  test("Readable.fromWeb is a source", async (t) => {
    const emulator = await useEmulator(t);
    const web = new Blob([bytes]).stream() as ReadableStream<Uint8Array>;
    await pipeline(Readable.fromWeb(web), uploadTo(emulator));
    await assertStored(emulator, bytes);
  });

  test("a web stream goes into pipeline as it is", async (t) => {
    const emulator = await useEmulator(t);
    await pipeline(new Blob([bytes]).stream() as ReadableStream<Uint8Array>, uploadTo(emulator));
    await assertStored(emulator, bytes);
  });

  test("the body of a fetch answer is a source", async (t) => {
    const emulator = await useEmulator(t);
    const { body } = new Response(bytes);
    await pipeline(body as ReadableStream<Uint8Array>, uploadTo(emulator));
    await assertStored(emulator, bytes);
  });

  test("Writable.toWeb takes a pipeTo, which resolves when the object exists", async (t) => {
    const emulator = await useEmulator(t);
    const upload = uploadTo(emulator);
    const ending = recordEnding(upload);
    await (Readable.toWeb(readableOf(bytes)) as ReadableStream<Uint8Array>).pipeTo(toWeb(upload));
    await assertStored(emulator, bytes);
    await success(ending);
  });

  test("close() of its writer waits for finish, and ready for memory", async (t) => {
    const emulator = await useEmulator(t, { completeDelay: 100 });
    const upload = uploadTo(emulator);
    const writer = toWeb(upload).getWriter();
    for (let at = 0; at < bytes.length; at += 100_000) {
      await writer.ready;
      await writer.write(bytes.subarray(at, at + 100_000));
    }
    await writer.close();
    assert.equal(upload.writableFinished, true);
    await assertStored(emulator, bytes);
  });

  test("abort(reason) of its writer is destroy(reason)", async (t) => {
    const emulator = await useEmulator(t);
    const upload = uploadTo(emulator);
    const ending = recordEnding(upload);
    const writer = toWeb(upload).getWriter();
    writer.closed.catch(() => {});
    await writer.write(bytes);
    const reason = new Error("mine");
    await writer.abort(reason);
    assert.equal(await failure(ending), reason);
    assert.deepEqual([emulator.objects(), emulator.uploads()], [[], []]);
  });

  test("a web source that fails leaves no object", async (t) => {
    const emulator = await useEmulator(t);
    const upload = uploadTo(emulator);
    const ending = recordEnding(upload);
    const web = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes),
      pull: async (controller) => {
        await once(upload, "part");
        controller.error(new Error("mine"));
      },
    });
    await assert.rejects(web.pipeTo(toWeb(upload)), { message: "mine" });
    await failure(ending);
    assert.deepEqual([emulator.objects(), emulator.uploads()], [[], []]);
  });
});
