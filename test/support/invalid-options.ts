import { KIB, MIB } from "./bytes.ts";

export { KIB, MIB };
export const GIB: number = 1024 * MIB;

/** A bad value, the option that the error names (the same by default), and options beside it. */
export type Case = readonly [value: unknown, reported?: string | undefined, others?: object];

const NO_NUMBERS = ["8", "", "0x10", Number.NaN, null, {}, [], true, 8n, Symbol("8"), () => 8];
const NO_STRINGS = [1, null, {}, ["x"], true, 1n, Symbol("x")];
const NO_OBJECTS = ["x", 1, null, true, [], () => ({})];
const NO_BOOLEANS = ["true", "", 0, 1, null, {}];
const HEADERS = [
  ...NO_STRINGS,
  "",
  "a\r\nx-cos-acl: public-read",
  "a\nb",
  "a\rb",
  "a\0b",
  "é",
  "名",
  " a",
  "a ",
];

function integers(min: number, max: number): Case[] {
  const beyond = [
    min - 1,
    max + 1,
    -1,
    min + 0.5,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    2 ** 53,
  ];
  return [...NO_NUMBERS, ...beyond.filter((value) => value < min || value > max || value % 1 !== 0)].map(
    (value) => [value],
  );
}

const each = (values: readonly unknown[], reported?: string): Case[] =>
  values.map((value) => [value, reported]);

/** The cases of the options of an option's own. */
const within = (name: string, option: string, cases: readonly Case[], beside: object = {}): Case[] =>
  cases.map(([value]) => [{ ...beside, [option]: value }, `${name}.${option}`]);

const TIMES = integers(1, 2 ** 31 - 1);
const DELAYS = integers(0, 2 ** 31 - 1);
const KEY32 = new Uint8Array(32);

/** Values that every option of an upload stream refuses. */
export const INVALID: Readonly<Record<string, readonly Case[]>> = {
  bucket: each([
    ...NO_STRINGS,
    undefined,
    "",
    "name",
    "Name-1",
    "a_b-1",
    "-a-1",
    "a-1/..",
    "a-1.evil",
    "a-1\n",
  ]),
  region: each([...NO_STRINGS, undefined, "", "AP", "ap beijing", "cos.ap-beijing", "ap/x", "ap\r\n", "a@b"]),
  key: each([
    ...NO_STRINGS,
    undefined,
    "",
    "/a",
    "\\a",
    "é".repeat(426),
    "\ud800",
    "a\udc00b",
    ".",
    "..",
    "a/..",
    "./",
    "\x18",
    "a\x1b",
  ]),
  endpoint: each([
    ...NO_STRINGS,
    "",
    "cos.example.com",
    "ftp://a",
    "https://a/b",
    "https://a?b",
    "https://a#b",
    "https://",
    "https://u:p@a",
    "javascript:1",
  ]),
  accelerate: each(NO_BOOLEANS),
  internal: each(NO_BOOLEANS),
  autoSwitchHost: each(NO_BOOLEANS),
  credentials: each([
    ...NO_OBJECTS.filter((value) => typeof value !== "function"),
    {},
    { secretId: "a" },
    { secretId: "a", secretKey: "" },
    { secretId: "a", secretKey: "b\r\nc" },
    { secretId: " a", secretKey: "b" },
    { secretId: "a", secretKey: "b", securityToken: "" },
    { secretId: "a", secretKey: "b", securityToken: 1 },
    { secretId: "a", secretKey: "b", expiresAt: "2030-01-01" },
    { secretId: "a", secretKey: "b", expiresAt: new Date(Number.NaN) },
  ]),
  signer: ["x", {}, 1, null].map((value) => [value, "signer", { credentials: undefined }]),
  uploadId: each([...NO_STRINGS, "", "a b", "a\r\n", "é"]),
  firstPartNumber: [
    ...integers(1, 10_000).map(([value]): Case => [value, undefined, { uploadId: "id" }]),
    [1, undefined],
  ],
  complete: each(NO_BOOLEANS),
  partSize: integers(MIB, 5 * GIB),
  maxParts: integers(1, 10_000),
  expectedSize: integers(0, Number.MAX_SAFE_INTEGER),
  expectedCrc64: each([...NO_STRINGS, "", "-1", "1.5", "0x1f", "1".repeat(21), String(2n ** 64n), "1\n"]),
  expectedMd5: each([...NO_STRINGS, "", "abc", "z".repeat(32), `${"A".repeat(22)}=`, `${"a".repeat(32)}\n`]),
  concurrency: integers(1, 64),
  memory: integers(MIB, Number.MAX_SAFE_INTEGER),
  contentType: each(HEADERS),
  cacheControl: each(HEADERS),
  contentDisposition: each(HEADERS),
  contentEncoding: each(HEADERS),
  contentLanguage: each(HEADERS),
  expires: each([...HEADERS.filter((value) => value !== undefined), new Date(Number.NaN), 0]),
  metadata: [
    ...each([...NO_OBJECTS, { a_b: "x" }, { "a b": "x" }, { "": "x" }, { "a\r\nb": "x" }, { é: "x" }]),
    ...within("metadata", "a", [...each([...HEADERS, undefined]), ["x".repeat(2 * KIB + 1)]]),
    [{ a: "x".repeat(2 * KIB), b: "y".repeat(2 * KIB - 1) }],
    [{ A: "1", a: "2" }],
    [new Map([["a", "b"]])],
  ],
  tagging: [
    ...each([...NO_OBJECTS, { "": "x" }, { "\ud800": "x" }, { a: "\udc00" }, new Map([["a", "b"]])]),
    [Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`tag${index}`, "x"]))],
    ...within("tagging", "a", each([...NO_STRINGS, undefined])),
  ],
  storageClass: each([...NO_STRINGS, "", "standard", "GLACIER", "STANDARD\r\n"]),
  acl: each([...NO_STRINGS, "", "public", "public-read-write"]),
  grants: [
    ...each(NO_OBJECTS),
    ...within("grants", "read", each(HEADERS)),
    ...within("grants", "readAcp", each(HEADERS)),
    ...within("grants", "writeAcp", each(HEADERS)),
    ...within("grants", "fullControl", each(HEADERS)),
    [{ write: 'id="1"' }, "write"],
  ],
  forbidOverwrite: each(NO_BOOLEANS),
  serverSideEncryption: [
    ...each(NO_OBJECTS),
    ...within("serverSideEncryption", "type", each([...NO_STRINGS, undefined, "", "AES256", "sse-c"])),
    ...within(
      "serverSideEncryption",
      "key",
      each(["x".repeat(32), new Uint8Array(31), new Uint8Array(33), undefined, null, {}]),
      { type: "SSE-C" },
    ),
    ...within("serverSideEncryption", "keyId", each(HEADERS), { type: "SSE-KMS" }),
    ...within("serverSideEncryption", "context", each(NO_OBJECTS), { type: "SSE-KMS" }),
    [{ type: "SSE-KMS", context: { a: 1 } }, "serverSideEncryption.context.a"],
    [{ type: "SSE-KMS", context: { a: undefined } }, "serverSideEncryption.context.a"],
    [{ type: "SSE-COS", key: KEY32 }, "key"],
    [{ type: "SSE-C", key: KEY32, keyId: "x" }, "keyId"],
  ],
  trafficLimit: integers(819_200, 838_860_800),
  singlePut: each(NO_BOOLEANS),
  leavePartsOnError: each(NO_BOOLEANS),
  signal: each([null, {}, "x", 1, new AbortController(), new EventTarget()]),
  highWaterMark: integers(0, 5 * GIB),
  retry: [
    ...each(NO_OBJECTS),
    ...within("retry", "maxAttempts", integers(1, 100)),
    ...within("retry", "baseDelay", DELAYS),
    ...within("retry", "maxDelay", DELAYS),
    ...within("retry", "isRetryable", each(["x", {}, null, true])),
    [{ attempts: 5 }, "attempts"],
  ],
  timeout: [
    ...each(NO_OBJECTS),
    ...within("timeout", "connect", TIMES),
    ...within("timeout", "attempt", TIMES),
    ...within("timeout", "complete", TIMES),
    ...within("timeout", "idle", DELAYS),
    [{ request: 5 }, "request"],
  ],
  dispatcher: each([null, {}, "x", 1, { dispatch: 1 }, () => {}]),
  client: each([null, {}, "x", { createUploadStream() {} }]),
  resume: [
    ...each([1, null, true, [], "", "newest", "Latest", ["latest"], () => "latest"]),
    ...within("resume", "uploadId", each([...NO_STRINGS, undefined, "", "a b", "a\r\n", "é"])),
    [{ uploadId: "x", latest: true }, "latest"],
    ["latest", undefined, { uploadId: "x" }],
    [{ uploadId: "x" }, undefined, { uploadId: "x" }],
  ],
  digest: [...each([true, "auto", null, []]), ...within("digest", "worker", each([1, "yes", null]))],
  objectMode: each([true, false]),
  Key: each(["k"]),
  part_size: each([1]),
};
