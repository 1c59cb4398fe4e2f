import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { Agent } from "undici";
import { closeResources } from "../../lib/client/resources.ts";
import { prepareUpload } from "../../lib/client/upload-setup.ts";
import { ATTRIBUTES } from "../../lib/cos/parameters/attributes.ts";
import { EMULATOR, resolveOptions as resolveEmulator } from "../../lib/emulator/options.ts";
import {
  CosClient,
  type CosClientOptions,
  PartTransform,
  type PartTransformOptions,
  UploadStream,
  type UploadStreamOptions,
} from "../../lib/index.ts";
import { CLIENT, UPLOAD } from "../../lib/options/tables.ts";
import { headerValue, objectKey } from "../support/arbitraries.ts";
import { MIB } from "../support/bytes.ts";
import { assertHidden } from "../support/canaries.ts";
import { useHostile } from "../support/hostile.ts";
import { INVALID } from "../support/invalid-options.ts";
import { anyValue, type Described } from "../support/odd-values.ts";
import { runs } from "../support/property.ts";
import "../support/leaks.ts";

const SECRETS = [
  "canaryOfTheSecretKey",
  "canaryOfTheSecurityToken",
  "canaryOfTheCustomersKey012345678",
] as const;
const credentials = { secretId: "AKIDexample", secretKey: SECRETS[0], securityToken: SECRETS[1] };
const CONNECTION = { bucket: "examplebucket-1250000000", region: "ap-beijing", credentials };
const ssec = { type: "SSE-C", key: Buffer.from(SECRETS[2]) } as const;

/** A refusal as it is documented; it names one of these options, or one within them. */
function assertRefused(error: unknown, names: readonly string[], values: readonly unknown[] = []): void {
  const refusal = error as Error & { code?: string; option?: string };
  assert.ok(refusal instanceof TypeError || refusal instanceof RangeError, inspect(error));
  assert.equal(refusal.code, "ERR_COS_INVALID_OPTION", inspect(error));
  const option = refusal.option!;
  const within = values.flatMap((value) => namesOf(value));
  assert.ok(
    names.some((name) => option === name || option.startsWith(`${name}.`)) || within.includes(option),
    `it names ${option}`,
  );
  assert.ok(refusal.message.startsWith(`Invalid option "${option}": `), refusal.message);
  assert.ok(
    refusal.message.length < 3000 + option.length,
    `a message of ${refusal.message.length} characters`,
  );
  assertHidden(refusal, SECRETS);
}

/** An option's own options are refused by their names. */
function namesOf(value: unknown): string[] {
  try {
    return typeof value === "object" && value !== null && !ArrayBuffer.isView(value) && !Array.isArray(value)
      ? Object.keys(value)
      : [];
  } catch {
    return [];
  }
}

/** Runs what must come to a value or a refusal. */
function refusalOf(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The values of an option's table of bad ones, and any others. */
const valueFor = (name: string): fc.Arbitrary<Described> =>
  fc.oneof(
    { weight: 3, arbitrary: anyValue },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...(Object.hasOwn(INVALID, name) ? INVALID[name]! : [["x"] as const]))
        .map(([value]): Described => ({ what: inspect(value), make: () => value })),
    },
  );

const oneBad = (names: readonly string[]): fc.Arbitrary<[string, Described]> =>
  fc
    .constantFrom(...names, "unknown", "__proto__", "")
    .chain((name) => fc.tuple(fc.constant(name), valueFor(name)));

/** Own properties, one called `__proto__` among them. */
function withOption(options: object, name: string, value: unknown): object {
  const descriptor = { value, enumerable: true, configurable: true, writable: true };
  return Object.defineProperty({ ...options }, name, descriptor);
}

/** Beside a signer there can be no credentials. */
const base = (name: string): object =>
  name === "signer" ? { ...CONNECTION, credentials: undefined } : CONNECTION;
/** Options that the one that is tried can contradict. */
const CONTRADICTED: ReadonlyMap<string, readonly string[]> = new Map([
  ["memory", ["partSize", "expectedSize"]],
  ["maxParts", ["expectedSize"]],
]);

test("any value of any option of a stream is taken, or refused by the option's name", async () => {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(oneBad(Object.keys(UPLOAD)), async ([name, { make }]) => {
      const value = make();
      const options = withOption({ ...base(name), key: "k" }, name, value);
      let stream: UploadStream | undefined;
      const error = refusalOf(() => {
        stream = new UploadStream(options as UploadStreamOptions);
      });
      await stream?.[Symbol.asyncDispose]();
      if (error === undefined) return;
      refused += 1;
      assertRefused(error, [name, ...(CONTRADICTED.get(name) ?? [])], [value]);
    }),
    runs(700),
  );
  assert.ok(refused > 100, `only ${refused} were refused`);
});

test("so is that of a client's, a PartTransform's and the emulator's", async () => {
  const kinds: Readonly<
    Record<string, readonly [names: readonly string[], make: (options: object) => unknown]>
  > = {
    client: [Object.keys(CLIENT), (options) => new CosClient({ ...options } as CosClientOptions)],
    "part transform": [
      ["partSize", "maxParts", "expectedSize"],
      (options) => new PartTransform(options as PartTransformOptions).destroy(),
    ],
    emulator: [Object.keys(EMULATOR), (options) => resolveEmulator(options)],
  };
  const anyKind = fc
    .constantFrom(...Object.keys(kinds))
    .chain((kind) => fc.tuple(fc.constant(kind), oneBad(kinds[kind]![0])));
  await fc.assert(
    fc.asyncProperty(anyKind, async ([kind, [name, { make }]]) => {
      const value = make();
      let made: unknown;
      const error = refusalOf(() => {
        made = kinds[kind]![1](withOption(kind === "client" ? base(name) : {}, name, value));
      });
      if (made instanceof CosClient) await made.close();
      if (error !== undefined) assertRefused(error, [name, `options.${name}`, "expectedSize"], [value]);
    }),
    runs(500),
  );
});

test("anything in place of the options is refused", async () => {
  await using client = new CosClient(CONNECTION);
  const makers: readonly ((value: never) => unknown)[] = [
    (value) => new UploadStream(value),
    (value) => new CosClient(value),
    (value) => client.createUploadStream(value),
    (value) => resolveEmulator(value),
  ];
  fc.assert(
    fc.property(anyValue, fc.constantFrom(...makers), ({ make }, maker) => {
      const value = make();
      const error = refusalOf(() => maker(value as never));
      // The emulator needs no option.
      if (error !== undefined || maker !== makers[3])
        assertRefused(error, ["options", "key", "bucket"], [value]);
    }),
    runs(300),
  );
});

const integer = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const plainHeader = headerValue().filter(Boolean);
const strings = fc.dictionary(fc.stringMatching(/^[a-z0-9-]{1,8}$/), plainHeader, { maxKeys: 5 });

/** Good values of each option, by themselves. */
const VALID: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  key: objectKey(),
  endpoint: fc.constantFrom("https://cos.example.com", "http://127.0.0.1:9", "https://{bucket}.example.com"),
  accelerate: fc.boolean(),
  internal: fc.boolean(),
  signer: fc.constant(async () => ({})),
  retry: fc.record(
    { maxAttempts: integer(1, 100), baseDelay: integer(0, 9), maxDelay: integer(0, 9) },
    { requiredKeys: [] },
  ),
  timeout: fc.record(
    { connect: integer(1, 9), attempt: integer(1, 9), complete: integer(1, 9), idle: integer(0, 9) },
    { requiredKeys: [] },
  ),
  dispatcher: fc.constant(new Agent()),
  memory: integer(MIB, 2 ** 40),
  digest: fc.record({ worker: fc.constantFrom(true, false, "auto") }),
  uploadId: fc.stringMatching(/^[0-9a-f]{1,70}$/),
  firstPartNumber: integer(1, 10_000),
  complete: fc.boolean(),
  partSize: integer(MIB, 2 ** 32),
  maxParts: integer(1, 10_000),
  expectedSize: integer(0, 2 ** 40),
  expectedCrc64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
  expectedMd5: fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => Buffer.from(bytes).toString("base64")),
  concurrency: integer(1, 64),
  serverSideEncryption: fc.constantFrom<object>(
    ssec,
    { type: "SSE-COS" },
    { type: "SSE-KMS", keyId: "id", context: { a: "b" } },
  ),
  trafficLimit: integer(819_200, 838_860_800),
  singlePut: fc.boolean(),
  leavePartsOnError: fc.boolean(),
  highWaterMark: integer(0, MIB),
  contentType: plainHeader,
  expires: fc.oneof(fc.date({ noInvalidDate: true }), plainHeader),
  metadata: strings,
  tagging: strings,
  grants: fc.record({ read: plainHeader, fullControl: plainHeader }, { requiredKeys: [] }),
  storageClass: fc.constantFrom("STANDARD", "ARCHIVE"),
  forbidOverwrite: fc.boolean(),
};

/** A few of them: most would contradict each other if all were given. */
const valid: fc.Arbitrary<object> = fc
  .subarray(Object.keys(VALID), { maxLength: 6 })
  .chain((names) =>
    fc.record({ key: objectKey(), ...Object.fromEntries(names.map((name) => [name, VALID[name]!])) }),
  );

/** Changes all that can be changed in what a caller gave. */
function spoil(value: unknown): void {
  if (typeof value !== "object" || value === null || value instanceof Agent) return;
  if (value instanceof Date) value.setTime(0);
  else if (value instanceof Uint8Array) value.fill(0);
  else
    for (const [name, inner] of Object.entries(value)) {
      spoil(inner);
      Reflect.set(value, name, "spoilt\r\n");
    }
}

test("any good options are resolved, or contradict each other; what the caller does with them later changes nothing", async () => {
  let resolved = 0;
  await fc.assert(
    fc.asyncProperty(valid, async (given) => {
      const options = { ...base("signer" in given ? "signer" : ""), ...given };
      const copy = Object.fromEntries(
        Object.entries(options).map(([name, value]) => [
          name,
          ["signer", "dispatcher"].includes(name) ? value : structuredClone(value),
        ]),
      );
      let upload: ReturnType<typeof prepareUpload> | undefined;
      const error = refusalOf(() => {
        upload = prepareUpload(copy as never);
      });
      if (upload === undefined) {
        assertRefused(error, Object.keys(options));
        return;
      }
      resolved += 1;
      assert.ok(Object.isFrozen(upload));
      const shown = (): string => inspect(upload, { depth: 6 });
      const before = shown();
      spoil(copy);
      assert.equal(shown(), before);
      await closeResources(upload.resources);
    }),
    runs(300),
  );
  assert.ok(resolved > 20, `only ${resolved} were resolved`);
});

/** The parameters of each operation: good ones, and their names. */
const PARAMS: Readonly<Record<string, object>> = {
  initiateMultipartUpload: { key: "k" },
  uploadPart: { key: "k", uploadId: "id", partNumber: 1, body: Buffer.from("x") },
  completeMultipartUpload: { key: "k", uploadId: "id", parts: [{ partNumber: 1, etag: '"x"' }] },
  abortMultipartUpload: { key: "k", uploadId: "id" },
  listParts: { key: "k", uploadId: "id" },
  listMultipartUploads: {},
  putObject: { key: "k", body: Buffer.from("x") },
  headObject: { key: "k" },
};
const MORE = [
  "signal",
  "maxParts",
  "maxUploads",
  "prefix",
  "versionId",
  "md5",
  "crc64",
  "trafficLimit",
  "serverSideEncryption",
  "forbidOverwrite",
  ...Object.keys(ATTRIBUTES),
];

test("any value of any parameter of any operation is sent well-formed, or refused by its name before anything is sent", async (t) => {
  const { client, requests } = await useHostile(
    t,
    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
  );
  const call = fc
    .constantFrom(...Object.keys(PARAMS))
    .chain((operation) =>
      fc.tuple(fc.constant(operation), oneBad([...Object.keys(PARAMS[operation]!), ...MORE])),
    );
  await fc.assert(
    fc.asyncProperty(call, async ([operation, [name, { make }]]) => {
      const value = make();
      const before = requests.length;
      const error: unknown = await run(client, operation, withOption(PARAMS[operation]!, name, value)).catch(
        (reason) => reason,
      );
      // The listing of a page is not asked for by its generator alone.
      if ((error as { code?: string }).code === "HTTP_404") assert.equal(requests.length, before + 1);
      else {
        assertRefused(error, [name], [value]);
        assert.equal(requests.length, before);
      }
    }),
    runs(500),
  );
  assert.ok(requests.length > 0);
  for (const { headers } of requests) {
    const names = headers.map(([header]) => header.toLowerCase());
    assert.equal(new Set(names).size, names.length, `a header twice in ${names}`);
  }
});

async function run(client: CosClient, operation: string, params: object): Promise<unknown> {
  const method = client[operation as "headObject"] as (params: object) => unknown;
  const made = method.call(client, params);
  return await (operation.startsWith("list") ? (made as AsyncGenerator).next() : made);
}
