import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, type TestContext, test } from "node:test";
import type { Emulator } from "../../lib/emulator/index.ts";
import {
  type BeforeComplete,
  CosClient,
  CosUploadError,
  createUploadStream,
  type StreamSummary,
  type UploadStream,
  type UploadStreamOptions,
} from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { digestOf, operations, storedDigest, useEmulator } from "../support/emulator.ts";
import { type Ending, recordEnding, until } from "../support/ending.ts";

const OLD = seededBytes(1000, 7);
const CONTENT = seededBytes(2 * MIB + 5);

/** How an object comes to be, and the request that makes it. */
interface Kind {
  readonly content: Uint8Array;
  readonly options: (emulator: Emulator) => Promise<Partial<UploadStreamOptions>>;
  readonly makes: string | undefined;
  /** The upload is somebody else's, and stays. */
  readonly stays?: true;
}

const begin = async (emulator: Emulator): Promise<string> => {
  await using client = new CosClient(emulator.target);
  return (await client.initiateMultipartUpload({ key: "k" })).uploadId;
};

const KINDS: Readonly<Record<string, Kind>> = {
  "in parts": {
    content: CONTENT,
    options: async () => ({ partSize: MIB }),
    makes: "CompleteMultipartUpload",
  },
  "in one request": {
    content: seededBytes(100),
    options: async () => ({ singlePut: true }),
    makes: "PutObject",
  },
  empty: { content: new Uint8Array(0), options: async () => ({}), makes: "PutObject" },
  "into an upload that is given": {
    content: CONTENT,
    options: async (emulator) => ({ partSize: MIB, uploadId: await begin(emulator), complete: true }),
    makes: "CompleteMultipartUpload",
    stays: true,
  },
  "without Complete": {
    content: CONTENT,
    options: async (emulator) => ({ partSize: MIB, uploadId: await begin(emulator) }),
    makes: undefined,
    stays: true,
  },
  "that is resumed": {
    content: CONTENT,
    options: async (emulator) => {
      const uploadId = await begin(emulator);
      await using client = new CosClient(emulator.target);
      await client.uploadPart({ key: "k", uploadId, partNumber: 1, body: CONTENT.subarray(0, MIB) });
      return { partSize: MIB, resume: { uploadId } };
    },
    makes: "CompleteMultipartUpload",
    stays: true,
  },
};

/** An upload over an older object, with a gate. */
async function start(
  t: TestContext,
  { content, options, stays }: Kind,
  beforeComplete: BeforeComplete,
  more: Partial<UploadStreamOptions> = {},
): Promise<{ emulator: Emulator; upload: UploadStream; ending: Ending; assertOld: () => Promise<void> }> {
  const emulator = await useEmulator(t, { orphans: stays && more.beforeComplete === undefined ? 1 : 0 });
  await using client = new CosClient(emulator.target);
  await client.putObject({ key: "k", body: OLD });
  const own = await options(emulator);
  const upload = createUploadStream({ ...emulator.target, key: "k", ...own, beforeComplete, ...more });
  const ending = recordEnding(upload);
  upload.end(content);
  const assertOld = async (): Promise<void> => {
    assert.equal(await storedDigest(emulator, "k"), digestOf(OLD));
    assert.equal(upload.result, undefined);
  };
  return { emulator, upload, ending, assertOld };
}

for (const [name, kind] of Object.entries(KINDS)) {
  describe(`The gate of an object ${name}`, () => {
    test("is asked once, with all of the stream, before the request that makes the object", async (t) => {
      const asked: StreamSummary[] = [];
      const made: boolean[] = [];
      const emulator = await useEmulator(t, { orphans: kind.makes === undefined ? 1 : 0 });
      const upload = createUploadStream({
        ...emulator.target,
        key: "k",
        ...(await kind.options(emulator)),
        wholeMd5: true,
        beforeComplete: async (summary) => {
          asked.push(summary);
          await new Promise((resolve) => setTimeout(resolve, 20));
          made.push(emulator.object("k") !== undefined);
        },
      });
      upload.end(kind.content);
      await upload.done;
      assert.deepEqual(made, [false]);
      const [{ size, crc64, md5, parts, uploadId, bucket, key }] = asked as [StreamSummary];
      assert.deepEqual(
        [size, md5, bucket, key],
        [
          kind.content.length,
          createHash("md5").update(kind.content).digest("base64"),
          emulator.target.bucket,
          "k",
        ],
      );
      assert.equal(crc64, upload.result!.crc64);
      if (kind.makes === "PutObject") assert.deepEqual([uploadId, parts], [undefined, []]);
      else assert.deepEqual(parts, upload.parts);
      if (kind.makes !== undefined) assert.equal(operations(emulator).at(-1), kind.makes);
    });

    /** Each is a way to say no. */
    const NO: Readonly<Record<string, [BeforeComplete, (error: unknown) => boolean]>> = {
      throws: [
        () => {
          throw new RangeError("no");
        },
        (error) => error instanceof RangeError && error.message === "no",
      ],
      rejects: [() => Promise.reject(new TypeError("no")), (error) => error instanceof TypeError],
      "rejects with nothing": [
        () => Promise.reject(undefined),
        (error) => error instanceof CosUploadError && error.code === "ERR_COS_NOT_AN_ERROR",
      ],
    };
    for (const [how, [gate, isRight]] of Object.entries(NO)) {
      test(`fails the stream with its error, once, when it ${how}; the old object stays`, async (t) => {
        const { ending, emulator, assertOld } = await start(t, kind, gate);
        await ending.closed;
        assert.deepEqual(ending.events, ["error", "close"]);
        assert.ok(isRight(ending.errors[0]), String(ending.errors[0]));
        assert.equal(await ending.done, ending.errors[0]);
        await assertOld();
        assert.equal(
          emulator.requests.filter(({ operation }) => operation === kind.makes).length,
          kind.makes === "PutObject" ? 1 : 0,
        );
      });
    }

    test("is not waited for by destroy, and hears of it", async (t) => {
      let signal: AbortSignal | undefined;
      const { upload, ending, assertOld } = await start(t, kind, async (_summary, context) => {
        signal = context.signal;
        await new Promise(() => {});
      });
      await until(() => signal !== undefined, "the gate is asked");
      upload.destroy(new Error("enough"));
      await ending.closed;
      assert.equal(ending.errors[0]?.message, "enough");
      assert.equal(signal!.aborted, true);
      await assertOld();
    });

    test("that says yes after destroy makes no object", async (t) => {
      let asked = false;
      let say = (): void => {};
      const { upload, ending, assertOld } = await start(t, kind, () => {
        asked = true;
        return new Promise((resolve) => {
          say = resolve;
        });
      });
      await until(() => asked, "the gate is asked");
      upload.destroy();
      say();
      await ending.closed;
      await assertOld();
    });

    test("that says no after destroy is nobody's unhandled rejection", async (t) => {
      let say = (_error: Error): void => {};
      let asked = false;
      const { upload, ending, assertOld } = await start(
        t,
        kind,
        () =>
          new Promise((_, reject) => {
            say = reject;
            asked = true;
          }),
      );
      await until(() => asked, "the gate is asked");
      upload.destroy();
      say(new Error("no"));
      await ending.closed;
      await assertOld();
    });

    test("may destroy the stream itself", async (t) => {
      let give = (_stream: UploadStream): void => {};
      const stream = new Promise<UploadStream>((resolve) => {
        give = resolve;
      });
      const { upload, ending, assertOld } = await start(t, kind, async () => {
        (await stream).destroy(new Error("by itself"));
      });
      give(upload);
      await ending.closed;
      assert.equal(ending.errors[0]?.message, "by itself");
      await assertOld();
    });

    test("is bounded by timeout.beforeComplete", async (t) => {
      let signal: AbortSignal | undefined;
      const never: BeforeComplete = (_summary, context) => {
        signal = context.signal;
        return new Promise(() => {});
      };
      const { upload, assertOld } = await start(t, kind, never, { timeout: { beforeComplete: 20 } });
      await assert.rejects(upload.done, { code: "ERR_COS_TIMEOUT", message: /"timeout\.beforeComplete"/ });
      assert.equal(signal!.aborted, true);
      await assertOld();
    });
  });
}

test("A gate is not asked about a stream that fails before it", async (t) => {
  const emulator = await useEmulator(t);
  let asked = 0;
  const upload = createUploadStream({
    ...emulator.target,
    key: "k",
    expectedSize: 5,
    beforeComplete: () => {
      asked += 1;
    },
  });
  upload.end("hello, world");
  await assert.rejects(upload.done, { code: "ERR_COS_INTEGRITY" });
  assert.equal(asked, 0);
});

for (const beforeComplete of ["yes", {}, 1]) {
  test(`A gate that is not a function is refused: ${JSON.stringify(beforeComplete)}`, async (t) => {
    const emulator = await useEmulator(t);
    assert.throws(
      () => createUploadStream({ ...emulator.target, key: "k", beforeComplete: beforeComplete as never }),
      { code: "ERR_COS_INVALID_OPTION", name: "TypeError" },
    );
  });
}
