import assert from "node:assert/strict";
import { finished } from "node:stream/promises";
import { describe, test } from "node:test";
import { createUploadStream, type PartReceipt, type UploadStream } from "../../lib/index.ts";
import { KIB, MIB, seededBytes } from "../support/bytes.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import { count, failure, recordEnding } from "../support/ending.ts";

const P = MIB;
const bytes = seededBytes(2 * P + 3 * KIB + 1);

describe("The bytes and the parts are the same", () => {
  const ways: Record<string, (upload: UploadStream) => void> = {
    "in one chunk larger than a part": (upload) => void upload.end(bytes),
    "in chunks of 64 KiB": (upload) => writeAll(upload, 64 * KIB),
    "in chunks of 1021 bytes": (upload) => writeAll(upload, 1021),
    "corked, so that they come by _writev": (upload) => {
      upload.cork();
      writeAll(upload, 100_000, () => {});
      upload.uncork();
      upload.end();
    },
    "corked twice and ended in between": (upload) => {
      upload.cork();
      upload.write(bytes.subarray(0, 5));
      upload.cork();
      upload.write(bytes.subarray(5, P));
      upload.end(bytes.subarray(P));
    },
    "with writes of no bytes between them": (upload) => {
      for (let at = 0; at < bytes.length; at += P) {
        upload.write("");
        upload.write(bytes.subarray(at, at + P));
        upload.write(new Uint8Array(0));
      }
      upload.end("");
    },
  };
  for (const [how, write] of Object.entries(ways)) {
    test(how, async (t) => {
      const emulator = await useEmulator(t);
      const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
      write(upload);
      await upload.done;
      assert.deepEqual(sizes(upload.parts), [P, P, 3 * KIB + 1]);
      assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
    });
  }
});

describe("A chunk", () => {
  test("is the caller's again in the write callback (aws/aws-sdk-java-v2#4272)", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "UploadPart", fault: { kind: "error", statusCode: 503 } });
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P });
    const own = Buffer.alloc(64 * KIB + 3);
    for (let at = 0; at < bytes.length; at += own.length) {
      const length = bytes.copy(own, 0, at, Math.min(bytes.length, at + own.length));
      await new Promise<void>((resolve) => upload.write(own.subarray(0, length), () => resolve()));
      own.fill(0xee);
    }
    upload.end();
    await upload.done;
    assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
  });

  test("is its caller's even if it was held back in the middle", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object", partSize: P, memory: P });
    const own = Buffer.from(bytes);
    await new Promise<void>((resolve) => upload.write(own, () => resolve()));
    own.fill(0xee);
    upload.end();
    await upload.done;
    assert.equal(await storedDigest(emulator, "object"), digestOf(bytes));
  });

  test("may be a string, in its own or the default encoding", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    upload.write("grüße ");
    upload.write("e4b8ad", "hex");
    upload.write("5paH", "base64");
    upload.write("a", "utf16le");
    upload.setDefaultEncoding("latin1");
    upload.write("ü");
    upload.end("fc", "hex");
    await upload.done;
    const expected = Buffer.concat([Buffer.from("grüße 中文"), Buffer.from([0x61, 0, 0xfc, 0xfc])]);
    assert.equal(await storedDigest(emulator, "object"), digestOf(expected));
  });

  test("may be any view of bytes, of which only what it shows is taken", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    const { buffer, byteOffset } = Uint8Array.from([9, 9, 1, 2, 3, 4, 9, 9]);
    upload.write(new Uint8Array(buffer, byteOffset + 2, 4));
    upload.write(new Uint16Array(buffer, byteOffset + 2, 2));
    upload.end(new DataView(buffer, byteOffset + 2, 4));
    await upload.done;
    const expected = Buffer.from([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
    assert.equal(await storedDigest(emulator, "object"), digestOf(expected));
  });

  for (const [name, chunk, code] of [
    ["null", null, "ERR_STREAM_NULL_VALUES"],
    ["undefined", undefined, "ERR_INVALID_ARG_TYPE"],
    ["a number", 5, "ERR_INVALID_ARG_TYPE"],
    ["an object", { bytes: 1 }, "ERR_INVALID_ARG_TYPE"],
    ["an ArrayBuffer", new ArrayBuffer(1), "ERR_INVALID_ARG_TYPE"],
  ] as const) {
    test(`that is ${name} is thrown back, and destroys the stream`, async (t) => {
      const emulator = await useEmulator(t);
      const upload = createUploadStream({ ...emulator.target, key: "object" });
      const ending = recordEnding(upload);
      assert.throws(() => upload.write(chunk as unknown as string), { code });
      upload.end("x");
      const { code: ended, cause } = await failure(ending);
      assert.deepEqual([ended, (cause as NodeJS.ErrnoException).code], ["ERR_COS_CHUNK", code]);
      assert.equal(emulator.object("object"), undefined);
    });
  }

  test("in an encoding that nobody knows is thrown back", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    assert.throws(() => upload.write("x", "klingon" as BufferEncoding), { code: "ERR_UNKNOWN_ENCODING" });
    const ending = recordEnding(upload);
    upload.destroy();
    await ending.closed;
  });

  test("of no bytes makes no part, and no upload", async (t) => {
    const emulator = await useEmulator(t);
    const upload = createUploadStream({ ...emulator.target, key: "object" });
    await new Promise<void>((resolve) => upload.write("", () => resolve()));
    await new Promise<void>((resolve) => upload.write(new Uint8Array(0), () => resolve()));
    assert.equal(emulator.requests.length, 0);
    upload.end();
    await finished(upload);
    assert.equal(count(emulator, "PutObject"), 1);
  });
});

test("objectMode is refused as an option that does not exist", async (t) => {
  const emulator = await useEmulator(t);
  for (const name of ["objectMode", "decodeStrings", "defaultEncoding"]) {
    const options = { ...emulator.target, key: "object", [name]: true };
    assert.throws(() => createUploadStream(options), { code: "ERR_COS_INVALID_OPTION" });
  }
});

function writeAll(upload: UploadStream, size: number, end: () => void = () => upload.end()): void {
  for (let at = 0; at < bytes.length; at += size) upload.write(bytes.subarray(at, at + size));
  end();
}

function sizes(parts: readonly PartReceipt[]): number[] {
  return parts.map(({ size }) => size);
}
