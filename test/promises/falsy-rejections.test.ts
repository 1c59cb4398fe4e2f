import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { inspect } from "node:util";
import type { Dispatcher } from "undici";
import { type CosClient, type CosClientOptions, CosUploadError } from "../../lib/index.ts";
import { AT_ONCE, useClient } from "../support/client.ts";
import { useEmulator } from "../support/emulator.ts";
import { recordEnding } from "../support/ending.ts";

const FALSY = [undefined, null, false, 0, 0n, Number.NaN, ""] as const;

/** What the caller gives that may reject or throw, and the code that comes of it. */
const GIVEN: Readonly<
  Record<string, [code: string, options: (reason: unknown) => Partial<CosClientOptions>]>
> = {
  "a credentials provider that rejects": [
    "ERR_COS_CREDENTIALS",
    (reason) => ({ credentials: () => Promise.reject(reason) }),
  ],
  "a credentials provider that throws": [
    "ERR_COS_CREDENTIALS",
    (reason) => ({
      credentials: () => {
        throw reason;
      },
    }),
  ],
  "a signer that rejects": [
    "ERR_COS_SIGNER",
    (reason) => ({ credentials: undefined, signer: () => Promise.reject(reason) }),
  ],
  "a signer that throws": [
    "ERR_COS_SIGNER",
    (reason) => ({
      credentials: undefined,
      signer: () => {
        throw reason;
      },
    }),
  ],
  "a dispatcher that rejects": [
    "ERR_COS_NETWORK",
    (reason) => ({ dispatcher: dispatcherOf(() => Promise.reject(reason)) }),
  ],
  "a dispatcher that throws": [
    "ERR_COS_NETWORK",
    (reason) => ({
      dispatcher: dispatcherOf(() => {
        throw reason;
      }),
    }),
  ],
};

function dispatcherOf(request: () => Promise<never>): Dispatcher {
  return { request, dispatch: request } as unknown as Dispatcher;
}

async function useFailing(t: TestContext, options: Partial<CosClientOptions>): Promise<CosClient> {
  const { target } = await useEmulator(t);
  return useClient(t, { ...target, retry: { maxAttempts: 2, ...AT_ONCE }, ...options });
}

for (const [what, [code, options]] of Object.entries(GIVEN)) {
  describe(what, () => {
    for (const reason of FALSY) {
      test(`with ${inspect(reason)} fails calls, listings and streams, with a typed error that has it as its cause`, async (t) => {
        const client = await useFailing(t, options(reason));
        const upload = client.createUploadStream({ key: "k" });
        const ending = recordEnding(upload);
        upload.end("x");
        const failures: unknown[] = await Promise.all(
          [
            client.putObject({ key: "k", body: Buffer.from("x") }),
            client.listParts({ key: "k", uploadId: "id" }).next(),
            upload.done,
          ].map((call) =>
            call.then(
              () => assert.fail("it succeeded"),
              (error: unknown) => error,
            ),
          ),
        );
        for (const error of failures) {
          assert.ok(error instanceof CosUploadError);
          assert.deepEqual([error.code, "cause" in error, error.cause], [code, true, reason]);
        }
        await ending.closed;
        assert.deepEqual(ending.events, ["error", "close"]);
      });
    }
  });
}
