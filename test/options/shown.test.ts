import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { type CosClient, createUploadStream, PartTransform, type UploadStream } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { assertHidden, assertNoSecret, formsOf } from "../support/canaries.ts";
import { runScript } from "../support/child.ts";
import { AT_ONCE, useClient } from "../support/client.ts";
import { useEmulator } from "../support/emulator.ts";
import { recordEnding, until } from "../support/ending.ts";

const CREDENTIALS = {
  secretId: "AKIDcanaryOfTheSecretId",
  secretKey: "canaryOfTheSecretKey",
  securityToken: "canary/Of+The=Security&Token",
};
const KEY = "canaryOfTheCustomersKey012345678";
const CONTEXT = "canaryOfTheContextOfTheKms";
const SECRETS = [...Object.values(CREDENTIALS), KEY];
const ssec = { type: "SSE-C", key: Buffer.from(KEY) } as const;

test("the search for secrets finds them in every form", () => {
  for (const form of formsOf(KEY)) {
    assert.throws(
      () => assertHidden(new Error("x", { cause: { a: [`…${form}…`] } }), [KEY]),
      /a secret shows/,
    );
  }
  for (const held of [
    Buffer.from(KEY),
    new Map([["a", KEY]]),
    Object.defineProperty({}, Symbol("a"), { value: KEY }),
  ]) {
    assert.throws(() => assertHidden(held, [KEY]), /a secret shows/);
  }
});

/** Everything that a stream says, and itself at every moment. */
function watch(upload: UploadStream, secrets: readonly string[]): { readonly seen: Set<string> } {
  const seen = new Set<string>();
  for (const name of ["initiate", "part", "progress", "retry", "warning", "error", "finish", "close"]) {
    upload.on(name, (payload: unknown) => {
      seen.add(name);
      assertHidden([payload, upload, upload.stats(), upload.parts, upload.result], secrets);
      if (payload !== undefined && !(payload instanceof Error) && name !== "retry") structuredClone(payload);
    });
  }
  return { seen };
}

for (const [what, fault, events] of [
  [
    "succeeds after a retry",
    { operation: "UploadPart", fault: { kind: "error", statusCode: 503 } },
    ["retry", "part", "finish"],
  ],
  ["fails", { operation: "UploadPart", times: Infinity, fault: { kind: "wrong-crc64" } }, ["retry", "error"]],
  [
    "is refused",
    { operation: "CompleteMultipartUpload", fault: { kind: "error", statusCode: 403, code: "AccessDenied" } },
    ["part", "error"],
  ],
  [
    "loses its connection",
    { operation: "UploadPart", times: Infinity, fault: { kind: "reset" } },
    ["retry", "error"],
  ],
  [
    "cannot clean up",
    {
      operation: ["UploadPart", "AbortMultipartUpload"],
      times: Infinity,
      fault: { kind: "error", statusCode: 403 },
    },
    ["warning", "error"],
  ],
] as const) {
  test(`an upload that ${what} shows no secret in any event, nor the stream, its client or the result`, async (t) => {
    const emulator = await useEmulator(t, {
      credentials: CREDENTIALS,
      orphans: what === "cannot clean up" ? 1 : 0,
    });
    emulator.faults.add(fault as never);
    const client: CosClient = useClient(t, { ...emulator.target, retry: { maxAttempts: 2, ...AT_ONCE } });
    const upload = client.createUploadStream({ key: "k", serverSideEncryption: ssec, partSize: MIB });
    const { seen } = watch(upload, SECRETS);
    const ending = recordEnding(upload);
    Readable.from([seededBytes(MIB + 1)]).pipe(upload);
    await ending.closed;
    for (const name of [...events, "close"]) assert.ok(seen.has(name), `no ${name}`);
    assertHidden([upload, client, client.stats(), await ending.done, upload.result], SECRETS);
    structuredClone([upload.result, upload.stats(), client.stats()]);
    assert.ok(
      emulator.requests.some(({ headers }) => headers["x-cos-security-token"] === CREDENTIALS.securityToken),
    );
  });
}

test("a refusal of KMS shows nothing of its context", async (t) => {
  const emulator = await useEmulator(t);
  emulator.faults.add({ fault: { kind: "error", statusCode: 400, code: "KmsException" } });
  const serverSideEncryption = { type: "SSE-KMS", context: { a: CONTEXT } } as const;
  const upload = createUploadStream({ ...emulator.target, key: "k", serverSideEncryption });
  upload.end("x");
  const failure = await upload.done.catch((error) => error);
  assert.equal(failure.code, "KmsException");
  assertHidden([failure, upload], [CONTEXT]);
});

test("a PartTransform and its parts are what they are and nothing else", async () => {
  const transform = new PartTransform({ partSize: MIB });
  transform.end("x");
  const [part] = await transform.toArray();
  assert.deepEqual(Object.keys(part), ["partNumber", "offset", "size", "body", "md5", "crc64"]);
  structuredClone(part);
});

test("a stream that waits for its credentials, or fails with them, shows none that it had", async (t) => {
  const emulator = await useEmulator(t, { credentials: CREDENTIALS });
  let asked = 0;
  const credentials = async () => {
    asked += 1;
    return {
      ...CREDENTIALS,
      secretKey: asked === 1 ? CREDENTIALS.secretKey : `${CREDENTIALS.secretKey}\n`,
      expiresAt: new Date(0),
    };
  };
  const upload = createUploadStream({ ...emulator.target, credentials, key: "k", retry: { maxAttempts: 1 } });
  const ending = recordEnding(upload);
  upload.end("x");
  await until(() => asked > 0, "credentials are asked for");
  assertHidden(upload, SECRETS);
  await ending.closed;
  assertHidden([ending.errors, ending.warnings, upload], SECRETS);
  assert.ok(ending.errors.length > 0);
  // With these credentials nothing can be aborted.
  emulator.faults.clear();
  for (const { key, uploadId } of emulator.uploads()) {
    await useClient(t, emulator.target).abortMultipartUpload({ key, uploadId });
  }
});

/** A program that uploads, with all of Node's own debug output. */
const PROGRAM = `
  import { inspect } from "node:util";
  import { createUploadStream } from "cos-upload-stream";
  const options = JSON.parse(process.env.OPTIONS);
  const key = Buffer.from(process.env.SSE_C);
  delete process.env.OPTIONS;
  const upload = createUploadStream({ ...options, key: "k", serverSideEncryption: { type: "SSE-C", key } });
  upload.end("content");
  await upload.done;
  console.log(inspect(upload, { depth: null, showHidden: true }));
`;

test("Node's debug output of an upload shows no secret", async (t) => {
  const emulator = await useEmulator(t, { credentials: CREDENTIALS });
  const env = { NODE_DEBUG: "*", DEBUG: "*", OPTIONS: JSON.stringify(emulator.target), SSE_C: KEY };
  const { code, output, errors } = await runScript(PROGRAM, 60_000, env);
  assert.equal(code, 0, errors.slice(-2000));
  assert.match(errors, /UNDICI|NET/);
  // What the program was given, it may show of itself: Node prints the environment's names and the program's text.
  assertNoSecret(output + errors.replaceAll(/^MODULE.*$/gm, ""), SECRETS);
});
