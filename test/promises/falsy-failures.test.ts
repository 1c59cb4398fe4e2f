import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import { Agent } from "undici";
import type { Emulator, FaultRuleOptions } from "../../lib/emulator/index.ts";
import {
  type CosServiceError,
  type CosUploadError,
  createUploadStream,
  PartTransform,
  type UploadStreamOptions,
} from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { runScript } from "../support/child.ts";
import { AT_ONCE, useClient } from "../support/client.ts";
import { useEmulator } from "../support/emulator.ts";
import { failure, received, recordEnding, success } from "../support/ending.ts";

/** Values that pass for "no error" where a callback gets one. */
const FALSY: readonly unknown[] = [undefined, null, false, 0, Number.NaN, "", 0n];

const named = (value: unknown): string => (value === "" ? '""' : String(value));
const key = "object";
const bytes = seededBytes(MIB + 5);

/** An upload that a function of the program fails in its own way, and what came of it: never a success, always a typed error. */
async function failureOf(emulator: Emulator, options: Partial<UploadStreamOptions>, body = bytes) {
  const given = { ...emulator.target, key, partSize: MIB, retry: AT_ONCE };
  const upload = createUploadStream({ ...given, ...options });
  const ending = recordEnding(upload);
  upload.end(body);
  const error = await failure(ending);
  assert.equal(upload.result, undefined);
  assert.ok(error instanceof Error);
  return error as CosUploadError;
}

describe("`retry.isRetryable`", () => {
  const fault = { kind: "error", statusCode: 500 } as const;
  const operations: Readonly<Record<string, Partial<UploadStreamOptions>>> = {
    InitiateMultipartUpload: {},
    UploadPart: {},
    CompleteMultipartUpload: {},
    PutObject: { singlePut: true },
  };
  const wrong: Readonly<Record<string, { isRetryable: () => unknown; says: RegExp }>> = {
    ...Object.fromEntries(
      FALSY.map((thrown) => [
        `throws ${named(thrown)}`,
        {
          isRetryable: () => {
            throw thrown;
          },
          says: /"retry.isRetryable" threw /,
        },
      ]),
    ),
    "throws a TypeError": {
      isRetryable: () => (undefined as unknown as { code: string }).code,
      says: /threw TypeError: Cannot read properties of undefined/,
    },
    "throws a string": {
      isRetryable: () => {
        throw "no";
      },
      says: /threw a string of 2 characters/,
    },
    "is async": { isRetryable: async () => false, says: /returned a promise, which is not waited for/ },
    "is async and rejects": {
      isRetryable: () => Promise.reject(undefined),
      says: /returned a promise, which is not waited for/,
    },
    ...Object.fromEntries(
      [null, 0, 1, "", "yes", Number.NaN, {}, []].map((answer) => [
        `returns ${JSON.stringify(answer)}`,
        {
          isRetryable: () => answer,
          says: /"retry.isRetryable" returned .*; expected true, false or undefined/,
        },
      ]),
    ),
  };

  for (const [operation, options] of Object.entries(operations)) {
    test(`that fails, or does not answer, fails ${operation} with an error of its own, whose cause is the attempt's`, async (t) => {
      const emulator = await useEmulator(t);
      emulator.faults.add({ operation, times: Number.POSITIVE_INFINITY, fault } as FaultRuleOptions);
      for (const [how, { isRetryable, says }] of Object.entries(wrong)) {
        const retry = { ...AT_ONCE, isRetryable } as NonNullable<UploadStreamOptions["retry"]>;
        // The clean-up is not to fail, too.
        const error = await failureOf(emulator, { ...options, retry }, bytes.subarray(0, 100));
        assert.equal(error.code, "ERR_COS_IS_RETRYABLE", how);
        assert.match(error.message, says);
        const cause = error.cause as CosServiceError;
        assert.deepEqual([cause.code, cause.statusCode, cause.operation], ["InternalError", 500, operation]);
        assert.deepEqual([error.operation, error.host], [operation, cause.host]);
        if (operation === "UploadPart") assert.equal(error.partNumber, 1);
        const commits = operation === "CompleteMultipartUpload" || operation === "PutObject";
        if (commits) assert.ok(error.outcome !== undefined && error.outcome !== "completed");
        if (operation !== "InitiateMultipartUpload" && operation !== "PutObject") assert.ok(error.uploadId);
        assert.equal(emulator.object(key), undefined);
      }
    });
  }

  test("that throws a TypeError shows where", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "UploadPart", fault });
    const isRetryable = (): boolean => {
      throw new TypeError("mine");
    };
    const error = await failureOf(emulator, { retry: { ...AT_ONCE, isRetryable } });
    assert.match(error.stack!, /Thrown by isRetryable: TypeError: mine\n +at isRetryable .*falsy-failures/);
  });

  for (const [operation, options] of [
    ["CompleteMultipartUpload", {}],
    ["PutObject", { singlePut: true }],
  ] as const) {
    test(`that throws when the answer to ${operation} was lost does not hide that the object is there`, async (t) => {
      const emulator = await useEmulator(t);
      emulator.faults.add({ operation, fault: { kind: "lost-answer" } });
      const isRetryable = (): never => {
        throw undefined;
      };
      const retry = { ...AT_ONCE, isRetryable };
      const upload = createUploadStream({ ...emulator.target, key, partSize: MIB, retry, ...options });
      const ending = recordEnding(upload);
      upload.end("bytes");
      await success(ending);
      assert.equal(emulator.object(key)?.size, 5);
    });
  }
});

describe("Nothing that fails with a value which is no error passes for success:", () => {
  test("a signer", async (t) => {
    const emulator = await useEmulator(t);
    const { credentials: _, ...target } = emulator.target;
    for (const value of FALSY) {
      const rejects = (): Promise<never> => Promise.reject(value);
      const throws = (): never => {
        throw value;
      };
      for (const signer of [rejects, throws]) {
        const upload = createUploadStream({ ...target, key, signer });
        const ending = recordEnding(upload);
        upload.end("bytes");
        const error = await failure(ending);
        assert.deepEqual([error.code, error.cause], ["ERR_COS_SIGNER", value]);
        const client = useClient(t, { endpoint: emulator.url, signer });
        await assert.rejects(client.headObject({ key }), { code: "ERR_COS_SIGNER" });
      }
    }
  });

  test("a credentials provider", async (t) => {
    const emulator = await useEmulator(t);
    for (const value of FALSY) {
      for (const [isCause, credentials] of [
        [true, () => Promise.reject(value)],
        [
          true,
          () => {
            throw value;
          },
        ],
        [false, () => value],
      ] as const) {
        const error = await failureOf(emulator, {
          credentials: credentials as UploadStreamOptions["credentials"],
        });
        assert.equal(error.code, "ERR_COS_CREDENTIALS");
        if (isCause) assert.ok(Object.is(error.cause, value));
      }
    }
  });

  test("a provider that cannot renew", async (t) => {
    const emulator = await useEmulator(t);
    emulator.faults.add({ operation: "UploadPart", fault: { kind: "expired-token" } });
    const error = await failureOf(emulator, {
      credentials: ({ refresh }) => (refresh ? Promise.reject(undefined) : emulator.target.credentials),
    });
    assert.equal(error.code, "ERR_COS_CREDENTIALS");
  });

  for (const moment of ["before it begins", "in a part", "in the commit"] as const) {
    test(`the reason of a signal that is aborted ${moment}`, async (t) => {
      const emulator = await useEmulator(t);
      for (const value of FALSY.slice(1)) {
        const operation = moment === "in a part" ? "UploadPart" : "CompleteMultipartUpload";
        emulator.faults.clear();
        emulator.faults.add({ operation, fault: { kind: "stall", where: "request" } });
        const before = emulator.requests.filter((request) => request.operation === operation).length;
        const controller = new AbortController();
        if (moment === "before it begins") controller.abort(value);
        const failed = failureOf(emulator, { signal: controller.signal });
        if (moment !== "before it begins") await received(emulator, operation, before + 1);
        controller.abort(value);
        const error = await failed;
        assert.deepEqual([error.code, error.cause], ["ABORT_ERR", value]);
      }
    });
  }

  test("a source that is piped", async (t) => {
    const emulator = await useEmulator(t);
    for (const value of FALSY) {
      const source = new PassThrough();
      const upload = createUploadStream({ ...emulator.target, key });
      const ending = recordEnding(upload);
      source.pipe(upload);
      source.write("some");
      source.emit("error", value);
      const error = await failure(ending);
      assert.equal(error.code, "ERR_COS_SOURCE");
      assert.ok(Object.is((error.cause as Error).cause, value));
      source.destroy();
    }
    for (const value of FALSY) {
      const source = new Readable({ read() {} });
      const upload = createUploadStream({ ...emulator.target, key });
      const ending = recordEnding(upload);
      source.pipe(upload);
      source.push("some");
      source.destroy(value as Error);
      assert.equal((await failure(ending)).code, "ERR_STREAM_PREMATURE_CLOSE");
    }
    assert.equal(emulator.object(key), undefined);
  });

  test("a generator in a pipeline", async (t) => {
    const emulator = await useEmulator(t);
    for (const value of FALSY) {
      const upload = createUploadStream({ ...emulator.target, key });
      const ending = recordEnding(upload);
      async function* source(): AsyncGenerator<string> {
        yield "some";
        throw value;
      }
      // Node's own `pipeline` takes it for success; the stream does not.
      await pipeline(source, upload).catch(() => {});
      await ending.closed;
      assert.ok((await ending.done) instanceof Error);
      assert.deepEqual([upload.result, emulator.object(key)], [undefined, undefined]);
    }
  });

  test("destroy()", async (t) => {
    const emulator = await useEmulator(t);
    for (const value of FALSY) {
      const upload = createUploadStream({ ...emulator.target, key });
      const ending = recordEnding(upload);
      upload.end("bytes");
      upload.destroy(value as Error);
      await ending.closed;
      assert.equal(((await ending.done) as CosUploadError).code, "ERR_COS_DESTROYED");
    }
  });

  test("a dispatcher, and its lookup", async (t) => {
    const emulator = await useEmulator(t);
    for (const value of FALSY) {
      const agent = new Agent();
      agent.request = () => Promise.reject(value);
      agent.dispatch = () => {
        throw value;
      };
      const error = await failureOf(emulator, { dispatcher: agent });
      assert.match(error.code, /^ERR_COS_/);
      await agent.close();

      const lookup = (_host: string, _options: object, callback: (error: Error, found: object[]) => void) =>
        callback(value as Error, [{ address: "no address", family: 4 }]);
      const lost = new Agent({ connect: { lookup: lookup as never } });
      const endpoint = emulator.url.replace("127.0.0.1", "somewhere.example");
      const unresolved = await failureOf(emulator, { dispatcher: lost, endpoint });
      assert.match(unresolved.code, /^ERR_COS_/);
      await lost.destroy();
    }
  });

  class Chunk extends Buffer {
    static thrown: unknown;
    override get byteLength(): number {
      throw Chunk.thrown;
    }
  }

  test("a chunk, written to an upload or to a PartTransform", async (t) => {
    const emulator = await useEmulator(t);
    for (const value of FALSY) {
      Chunk.thrown = value;
      const chunk = (): Buffer => Object.setPrototypeOf(Buffer.from("chunk"), Chunk.prototype);
      const error = await failureOf(emulator, {}, chunk());
      assert.equal(error.code, "ERR_COS_NOT_AN_ERROR");
      assert.ok(Object.is(error.cause, value));

      const transform = new PartTransform().resume();
      const failed = new Promise<CosUploadError>((resolve) => transform.once("error", resolve));
      transform.end(chunk());
      assert.equal((await failed).code, "ERR_COS_NOT_AN_ERROR");
    }
    assert.equal(emulator.object(key), undefined);
  });

  test("a listener of a PartTransform's parts: it is an exception of the program, and every byte comes", async () => {
    const { output, errors } = await runScript(`
      import { PartTransform } from "cos-upload-stream";
      const thrown = [];
      process.on("uncaughtException", (error) => thrown.push(error));
      const transform = new PartTransform({ partSize: 2 ** 20 });
      let size = 0;
      transform.on("data", (part) => {
        size += part.size;
        throw undefined;
      });
      transform.on("end", () => console.log(size, thrown.length));
      transform.end(Buffer.alloc(3 * 2 ** 20 + 5));
    `);
    assert.equal(output.trim(), `${3 * MIB + 5} 4`, errors);
  });
});
