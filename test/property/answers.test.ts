import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { redactorOf } from "../../lib/cos/answers/redact.ts";
import { serviceError } from "../../lib/cos/answers/response.ts";
import { loadXml } from "../../lib/cos/answers/xml.ts";
import type { CosRequest } from "../../lib/cos/request.ts";
import { type CosClient, CosUploadError } from "../../lib/index.ts";
import { answerBytes, answerHeaders, nearXml } from "../support/answers.ts";
import { AT_ONCE } from "../support/client.ts";
import { OPERATIONS, useHostile } from "../support/hostile.ts";
import { runs } from "../support/property.ts";

before(loadXml);

const CALLS: Readonly<Record<string, (client: CosClient) => Promise<unknown>>> = {
  ...OPERATIONS,
  HeadObject: (client) => client.headObject({ key: "k" }),
  AbortMultipartUpload: (client) => client.abortMultipartUpload({ key: "k", uploadId: "id" }),
};

/** Nothing in it is out of bounds, and nothing was made of a number that is none. */
function assertSound(value: unknown): void {
  if (typeof value === "number")
    assert.ok(Number.isSafeInteger(value) && value >= 0, `${value} is no number of COS's`);
  else if (typeof value === "object" && value !== null) Object.values(value).forEach(assertSound);
  else assert.ok(["string", "boolean", "undefined"].includes(typeof value));
}

function assertTyped(error: unknown): void {
  assert.ok(error instanceof CosUploadError, String(error));
  assert.match(error.code, /^[\w.-]{1,100}$/);
  assert.ok(error.message.length < 10_000, `a message of ${error.message.length} characters`);
  assert.ok(error.stack!.length < 20_000);
}

test("whatever a server answers, an operation comes to a sound value or a typed error", async (t) => {
  let next: Buffer;
  const { client } = await useHostile(t, (socket) => void socket.end(next), {
    retry: { maxAttempts: 1, ...AT_ONCE },
    // An answer like 103, which promises another, is followed by the end.
    timeout: { attempt: 5_000, complete: 5_000 },
  });
  const outcomes = { values: 0, errors: 0 };
  await fc.assert(
    fc.asyncProperty(answerBytes, fc.constantFrom(...Object.keys(CALLS)), async (bytes, name) => {
      next = bytes;
      try {
        assertSound(await CALLS[name]!(client));
        outcomes.values += 1;
      } catch (error) {
        assertTyped(error);
        outcomes.errors += 1;
      }
      assert.deepEqual(Object.keys(Object.prototype), []);
    }),
    runs(600),
  );
  assert.ok(outcomes.values > 0 && outcomes.errors > 0, JSON.stringify(outcomes));
});

const request: CosRequest = {
  operation: "UploadPart",
  method: "PUT",
  key: "k",
  query: {},
  headers: {},
  body: [],
};

test("every error answer becomes a typed error, its times and waits numbers or nothing", () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 999 }), answerHeaders, nearXml, (statusCode, given, body) => {
      const headers = Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value]));
      const error = serviceError({ statusCode, headers, body, redactor: redactorOf([]) }, request);
      assertTyped(error);
      const { retryAfter = 0, serverTime = 0 } = error;
      assert.ok(Number.isSafeInteger(retryAfter) && retryAfter >= 0, `waits ${retryAfter} ms`);
      assert.ok(!Number.isNaN(new Date(serverTime).getTime()), `the time ${serverTime}`);
    }),
    runs(2000),
  );
});
