import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { CosClock } from "../../../lib/cos/signing/clock.ts";
import type { FaultRuleOptions } from "../../../lib/emulator/index.ts";
import {
  CosClient,
  type CosUploadError,
  type Credentials,
  createUploadStream,
  type RetryEvent,
  type UploadStreamOptions,
} from "../../../lib/index.ts";
import { MIB, seededBytes } from "../../support/bytes.ts";
import { useClient } from "../../support/client.ts";
import { digestOf, storedDigest, type UseEmulatorOptions, useEmulator } from "../../support/emulator.ts";
import { until } from "../../support/ending.ts";

const YEAR = 365 * 24 * 3_600_000;
const PARTS = 12;
const AT_A_TIME = 4;
const bytes = seededBytes(PARTS * MIB);

interface Sent {
  readonly attempts: readonly number[];
  readonly refusals: readonly CosUploadError[];
}

/** Uploads parts side by side, begun by somebody else, so that the parts are the first to meet the clock. */
async function send(
  t: TestContext,
  options: UseEmulatorOptions,
  faults: readonly FaultRuleOptions[] = [],
  more: Partial<UploadStreamOptions> = {},
): Promise<Sent> {
  const emulator = await useEmulator(t, options);
  const { uploadId } = await useClient(t, emulator.target).initiateMultipartUpload({ key: "k" });
  for (const fault of faults) emulator.faults.add(fault);
  const upload = createUploadStream({
    ...emulator.target,
    key: "k",
    uploadId,
    complete: true,
    concurrency: AT_A_TIME,
    partSize: MIB,
    // None to spare: what is mended costs nothing.
    retry: { maxAttempts: 1 },
    ...more,
  });
  const retries: RetryEvent[] = [];
  upload.on("retry", (event) => retries.push(event));
  upload.end(bytes);
  const { parts } = await upload.done;
  assert.equal(await storedDigest(emulator, "k"), digestOf(bytes));
  for (const { delay } of retries) assert.equal(delay, 0);
  return { attempts: parts.map(({ attempts }) => attempts), refusals: retries.map(({ error }) => error) };
}

/** Those that were on their way were refused once, those after them never. */
function assertCorrectedOnce({ attempts, refusals }: Sent, code: string): void {
  assert.ok(refusals.length >= 1 && refusals.length <= AT_A_TIME, `${refusals.length} refusals`);
  assert.deepEqual([...new Set(refusals.map((error) => error.code))], [code]);
  assert.ok(Math.max(...attempts) === 2, `attempts ${attempts}`);
  assert.equal(
    attempts.reduce((sum, count) => sum + count),
    PARTS + refusals.length,
  );
}

for (const years of [-50, -10, -1, 1, 10, 50]) {
  test(`a clock that is ${-years} years off is corrected once for all parts side by side`, async (t) => {
    const sent = await send(t, { clock: () => Date.now() + years * YEAR });
    assertCorrectedOnce(sent, years < 0 ? "RequestTimeTooSkewed" : "AccessDenied");
  });
}

test("a server that still lives in 1970 is followed there", async (t) => {
  const start = Date.now();
  await send(t, { clock: () => Date.now() - start });
});

const xml = (code: string, message: string, serverTime: string): string =>
  `<Error><Code>${code}</Code><Message>${message}</Message>${serverTime}</Error>`;

/** How an answer tells the time. */
const TELLS: Readonly<Record<string, (now: Date) => { date: string; serverTime: string }>> = {
  "`Date` alone": (now) => ({ date: now.toUTCString(), serverTime: "" }),
  "`ServerTime` alone": (now) => ({ date: "", serverTime: `<ServerTime>${now.toISOString()}</ServerTime>` }),
  "`ServerTime` in seconds": (now) => ({
    date: "",
    serverTime: `<ServerTime>${Math.floor(now.getTime() / 1000)}</ServerTime>`,
  }),
  "`ServerTime`, and a `Date` that a cache has kept": (now) => ({
    date: new Date().toUTCString(),
    serverTime: `<ServerTime>${now.toISOString()}</ServerTime>`,
  }),
  "`Date`, and a `ServerTime` that is none": (now) => ({
    date: now.toUTCString(),
    serverTime: "<ServerTime>soon</ServerTime>",
  }),
};

for (const [how, tell] of Object.entries(TELLS)) {
  for (const [code, message, years] of [
    ["RequestTimeTooSkewed", "x", -3],
    ["AccessDenied", "Request has expired", 3],
  ] as const) {
    test(`the time is taken from ${how} of ${code}`, async (t) => {
      const clock = (): number => Date.now() + years * YEAR;
      const { date, serverTime } = tell(new Date(clock()));
      const fault = {
        kind: "error",
        statusCode: 403,
        code,
        headers: { Date: date },
        body: xml(code, message, serverTime),
      } as const;
      const sent = await send(t, { clock }, [{ operation: "UploadPart", times: AT_A_TIME, fault }]);
      assertCorrectedOnce(sent, code);
    });
  }
}

test("a refusal for the time that does not tell the time is the error", async (t) => {
  const emulator = await useEmulator(t);
  const body = xml("RequestTimeTooSkewed", "x", "");
  const fault = { kind: "error", statusCode: 403, headers: { Date: "" }, body } as const;
  emulator.faults.add({ fault });
  const client = useClient(t, emulator.target);
  await assert.rejects(client.putObject({ key: "k", body: Buffer.from("x") }), {
    code: "RequestTimeTooSkewed",
  });
  assert.equal(emulator.requests.length, 1);
});

test("a clock that is set in the middle of an upload is corrected again", async (t) => {
  let offset = 10 * YEAR;
  const emulator = await useEmulator(t, { clock: () => Date.now() + offset });
  const options = { ...emulator.target, key: "k", concurrency: AT_A_TIME, partSize: MIB };
  const upload = createUploadStream({ ...options, retry: { maxAttempts: 1 } });
  const codes: string[] = [];
  upload.on("retry", ({ error }) => codes.push(error.code));
  upload.write(bytes.subarray(0, 5 * MIB));
  await until(() => upload.parts.length === 5, "five parts confirmed");
  assert.deepEqual(codes, ["AccessDenied"]);
  offset = -10 * YEAR;
  upload.end(bytes.subarray(5 * MIB));
  await upload.done;
  assert.equal(await storedDigest(emulator, "k"), digestOf(bytes));
  const later = codes.slice(1);
  assert.ok(later.length >= 1 && later.length <= AT_A_TIME, codes.join());
  assert.deepEqual([...new Set(later)], ["RequestTimeTooSkewed"]);
});

test("a request that is on its own in being judged by another clock is signed for that one", async (t) => {
  const fault = { kind: "clock-skew", milliseconds: 5 * YEAR } as const;
  const { refusals, attempts } = await send(t, {}, [{ operation: "UploadPart", partNumber: 3, fault }]);
  assert.ok(refusals.length >= 1);
  // Its clock and that of the others are both believed, when they say so.
  assert.ok(Math.max(...attempts) <= 3, String(attempts));
});

test("streams of one client share the correction", async (t) => {
  const emulator = await useEmulator(t, { clock: () => Date.now() - 7 * YEAR });
  await using client = new CosClient({ ...emulator.target, retry: { maxAttempts: 1 } });
  for (const key of ["a", "b", "c"]) {
    const upload = client.createUploadStream({ key });
    upload.end(key);
    await upload.done;
  }
  const refused = emulator.requests.filter(({ code }) => code === "RequestTimeTooSkewed");
  assert.equal(refused.length, 1);
});

for (const years of [-20, 20]) {
  test(`a HEAD, whose refusal says nothing but its status, corrects a clock that is ${-years} years off`, async (t) => {
    const emulator = await useEmulator(t, { clock: () => Date.now() + years * YEAR });
    const client = useClient(t, { ...emulator.target, retry: { maxAttempts: 1 } });
    await assert.rejects(client.headObject({ key: "none" }), { statusCode: 404 });
    assert.deepEqual(
      emulator.requests.map(({ statusCode }) => statusCode),
      [403, 404],
    );
  });

  test(`credentials end by COS's clock when the local one is ${-years} years off`, async (t) => {
    const clock = (): number => Date.now() + years * YEAR;
    const emulator = await useEmulator(t, { clock });
    let asked = 0;
    const credentials = (): Credentials => {
      asked += 1;
      return { ...emulator.target.credentials, expiresAt: new Date(clock() + 3_600_000) };
    };
    const options = { ...emulator.target, credentials, key: "k", partSize: MIB };
    const upload = createUploadStream({ ...options, retry: { maxAttempts: 1 } });
    upload.end(bytes);
    await upload.done;
    assert.equal(asked, 1);
  });
}

test("the clock keeps pace after it was corrected", () => {
  let now = 0;
  const clock = new CosClock(() => now);
  assert.equal(clock.correct(50 * YEAR, 0), true);
  now = 1000;
  assert.equal(clock.now(), 50 * YEAR + 1000);
});
