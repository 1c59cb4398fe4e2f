import assert from "node:assert/strict";
import { once } from "node:events";
import stream, { type Duplex, PassThrough, Readable, Transform } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import { createGunzip, createGzip, gunzipSync } from "node:zlib";
import readableStream from "readable-stream";
import { extract, pack } from "tar-stream";
import { readableOf } from "../support/bytes.ts";
import { useEmulator } from "../support/emulator.ts";
import { failure, recordEnding, success } from "../support/ending.ts";
import { assertStored, bytes, uploadTo } from "./support.ts";

/** Its types came after Node 20's. */
const { compose } = stream as unknown as { compose(...streams: unknown[]): Duplex };

describe("Gzip in front", () => {
  test("is uploaded, and unpacks to the same bytes", async (t) => {
    const emulator = await useEmulator(t);
    await pipeline(readableOf(bytes), createGzip({ level: 1 }), uploadTo(emulator));
    const chunks: Buffer[] = [];
    for await (const chunk of emulator.object("object")!.createReadStream()) chunks.push(chunk as Buffer);
    assert.ok(gunzipSync(Buffer.concat(chunks)).equals(bytes));
  });

  test("that fails on bad input makes no object", async (t) => {
    const emulator = await useEmulator(t);
    const upload = uploadTo(emulator);
    await assert.rejects(pipeline(readableOf(bytes), createGunzip(), upload), { code: "Z_DATA_ERROR" });
    assert.deepEqual(emulator.objects(), []);
  });
});

describe("A tar archive of tar-stream, whose streams are streamx's", () => {
  for (const how of ["pipe", "pipeline"] as const) {
    test(`is uploaded by ${how}, and unpacks to the same files`, async (t) => {
      const emulator = await useEmulator(t);
      const upload = uploadTo(emulator);
      const ending = recordEnding(upload);
      const archive = pack();
      const piped = how === "pipe" ? archive.pipe(upload as never) : pipeline(archive as never, upload);
      archive.entry({ name: "a" }, bytes);
      archive.entry({ name: "b" }, "text");
      archive.finalize();
      await piped;
      await success(ending);
      assert.deepEqual(await unpack(emulator.object("object")!.createReadStream()), [bytes.length, 4]);
    });

    test(`that is destroyed half way makes no object by ${how}`, async (t) => {
      const emulator = await useEmulator(t);
      const upload = uploadTo(emulator);
      const ending = recordEnding(upload);
      const archive = pack();
      if (how === "pipe") archive.pipe(upload as never);
      else pipeline(archive as never, upload).catch(() => {});
      archive.entry({ name: "a" }, bytes);
      await once(upload, "part");
      archive.destroy();
      assert.equal((await failure(ending)).code, "ERR_STREAM_PREMATURE_CLOSE");
      assert.deepEqual(emulator.objects(), []);
    });
  }
});

async function unpack(source: Readable): Promise<number[]> {
  const sizes: number[] = [];
  const extraction = extract();
  source.pipe(extraction as never);
  for await (const entry of extraction) {
    let size = 0;
    for await (const chunk of entry) size += (chunk as Buffer).length;
    sizes.push(size);
  }
  return sizes;
}

describe("Iterators", () => {
  async function* generate(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += 10_007) yield bytes.subarray(at, at + 10_007);
  }

  test("an async generator goes into pipeline as it is", async (t) => {
    const emulator = await useEmulator(t);
    await pipeline(generate, uploadTo(emulator));
    await assertStored(emulator, bytes);
  });

  test("an async generator transforms on the way", async (t) => {
    const emulator = await useEmulator(t);
    const invert = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) yield chunk.map((byte) => byte ^ 0xff) as Buffer;
    };
    await pipeline(readableOf(bytes), invert, uploadTo(emulator));
    await assertStored(
      emulator,
      bytes.map((byte) => byte ^ 0xff),
    );
  });

  test("Readable.from of strings and Buffers is uploaded", async (t) => {
    const emulator = await useEmulator(t);
    await pipeline(Readable.from(["grüße ", Buffer.from([1, 2]), "end"]), uploadTo(emulator));
    await assertStored(emulator, Buffer.concat([Buffer.from("grüße "), Buffer.from([1, 2, 101, 110, 100])]));
  });

  test("one that yields an object fails, and makes no object", async (t) => {
    const emulator = await useEmulator(t);
    async function* source(): AsyncGenerator<unknown> {
      yield bytes;
      yield { not: "bytes" };
    }
    await assert.rejects(pipeline(source, uploadTo(emulator)), { code: "ERR_INVALID_ARG_TYPE" });
    assert.deepEqual([emulator.objects(), emulator.uploads()], [[], []]);
  });
});

describe("Composed streams", () => {
  test("compose(transform, upload) is a Writable that finishes when the object exists", async (t) => {
    const emulator = await useEmulator(t);
    const upper = new Transform({
      transform: (chunk: Buffer, _, callback) => callback(null, chunk.toString().toUpperCase()),
    });
    const composed = compose(upper, uploadTo(emulator));
    composed.end("text");
    await finished(composed);
    await assertStored(emulator, Buffer.from("TEXT"));
  });

  test("readable-stream's own streams work as sources, by pipe and pipeline", async (t) => {
    const emulator = await useEmulator(t);
    const source = (): Readable => readableStream.Readable.from([bytes]) as unknown as Readable;
    await pipeline(source(), uploadTo(emulator, "pipeline"));
    await (source().pipe(uploadTo(emulator, "pipe")) as ReturnType<typeof uploadTo>).done;
    await assertStored(emulator, bytes, "pipeline");
    await assertStored(emulator, bytes, "pipe");
  });

  test("one source into two uploads makes two objects", async (t) => {
    const emulator = await useEmulator(t);
    const source = new PassThrough();
    const uploads = [uploadTo(emulator, "a"), uploadTo(emulator, "b")];
    for (const upload of uploads) source.pipe(upload);
    source.end(bytes);
    await Promise.all(uploads.map((upload) => upload.done));
    await assertStored(emulator, bytes, "a");
    await assertStored(emulator, bytes, "b");
  });
});
