import assert from "node:assert/strict";
import { test } from "node:test";
import { CosServiceError, CosUploadError } from "../../lib/errors.ts";
import { CosNetworkError } from "../../lib/http/network-error.ts";
import { type RetryLoopOptions, type RetryNotice, retry } from "../../lib/retry/loop.ts";
import "../support/leaks.ts";

const NETWORK = new CosNetworkError(new Error("reset"), "here", false);
const STALE = new CosNetworkError(new Error("closed"), "here", true);
const EXPIRED = new CosServiceError("ExpiredToken", "x", { statusCode: 400, operation: "UploadPart" });
const DENIED = new CosServiceError("AccessDenied", "x", { statusCode: 403, operation: "UploadPart" });

function options(more: Partial<RetryLoopOptions> = {}): RetryLoopOptions {
  return {
    retry: { maxAttempts: 3, baseDelay: 0, maxDelay: 0 },
    signal: new AbortController().signal,
    reauthenticate: () => true,
    random: () => 0,
    ...more,
  };
}

/** An attempt that fails with each of the errors in turn, then succeeds. */
function failing(...errors: readonly Error[]): (attempt: number) => Promise<string> {
  return async (attempt) => {
    const error = errors[attempt - 1];
    if (error !== undefined) throw error;
    return "done";
  };
}

test("the value comes with the number of requests it took", async () => {
  assert.deepEqual(await retry(failing(), options()), { value: "done", attempts: 1 });
  assert.deepEqual(await retry(failing(NETWORK, NETWORK), options()), { value: "done", attempts: 3 });
});

test("the last error is the one that is thrown, as it is", async () => {
  await assert.rejects(
    retry(failing(NETWORK, NETWORK, STALE, NETWORK), options()),
    (error) => error === NETWORK,
  );
  await assert.rejects(retry(failing(DENIED), options()), (error) => error === DENIED);
});

test("a retry after a stale socket and a new signature are counted as requests, but use up no attempt", async () => {
  const result = await retry(failing(STALE, EXPIRED, EXPIRED, NETWORK, NETWORK), options());
  assert.deepEqual(result, { value: "done", attempts: 6 });
});

test("each request that is made again is told of, with the wait before it", async () => {
  const notices: RetryNotice[] = [];
  const policy = { maxAttempts: 3, baseDelay: 8, maxDelay: 100 };
  await retry(
    failing(NETWORK, STALE, EXPIRED, NETWORK),
    options({ retry: policy, random: () => 0.5, onRetry: (notice) => notices.push(notice) }),
  );
  assert.deepEqual(
    notices.map(({ attempt, delay, error }) => [attempt, delay, error]),
    [
      [1, 4, NETWORK],
      [2, 0, STALE],
      [3, 0, EXPIRED],
      [4, 8, NETWORK],
    ],
  );
});

test("what cannot be reauthenticated is not tried again", async () => {
  let asked = 0;
  const reauthenticate = (): boolean => ++asked > 1;
  await assert.rejects(retry(failing(EXPIRED), options({ reauthenticate })), (error) => error === EXPIRED);
  assert.equal(asked, 1);
});

test("what cannot be reauthenticated is left to `isRetryable`", async () => {
  const policy = { maxAttempts: 3, baseDelay: 0, maxDelay: 0, isRetryable: () => true };
  const result = await retry(failing(EXPIRED), options({ retry: policy, reauthenticate: () => false }));
  assert.deepEqual(result, { value: "done", attempts: 2 });
});

test("the request fails over with the error that led there, where another host is available, before the retry is reported", async () => {
  const reported: unknown[] = [];
  const failover = { isAvailable: true, failOver: (error: unknown) => void reported.push(error) };
  const onRetry = ({ attempt }: RetryNotice): void => void reported.push(attempt);
  await retry(failing(NETWORK, NETWORK), options({ failover, onRetry }));
  assert.deepEqual(reported, [1, NETWORK, 2]);
  await retry(failing(NETWORK, NETWORK), options({ failover: { ...failover, isAvailable: false }, onRetry }));
  assert.deepEqual(reported.slice(3), [1, 2]);
});

test("an abort before the first attempt makes none", async () => {
  const reason = new CosUploadError("X", "x");
  let attempts = 0;
  const attempt = async (): Promise<number> => ++attempts;
  await assert.rejects(
    retry(attempt, options({ signal: AbortSignal.abort(reason) })),
    (error) => error === reason,
  );
  assert.equal(attempts, 0);
});

test("an abort during an attempt that fails is followed by no other attempt", async () => {
  const controller = new AbortController();
  let attempts = 0;
  const attempt = async (): Promise<never> => {
    attempts += 1;
    controller.abort("enough");
    throw NETWORK;
  };
  await assert.rejects(retry(attempt, options({ signal: controller.signal })));
  assert.equal(attempts, 1);
});

test("an abort ends a wait, and its timer", async () => {
  const controller = new AbortController();
  const policy = { maxAttempts: 3, baseDelay: 2 ** 31 - 1, maxDelay: 2 ** 31 - 1 };
  const waiting = retry(failing(NETWORK), {
    ...options({ retry: policy, signal: controller.signal, random: () => 0.999 }),
    onRetry: () => void setImmediate(() => controller.abort("enough")),
  });
  await assert.rejects(waiting, (error) => error === "enough");
});

test("waits leave no listener behind on the signal", async (t) => {
  const { signal } = new AbortController();
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on("warning", listen);
  t.after(() => process.off("warning", listen));
  const policy = { maxAttempts: 30, baseDelay: 1, maxDelay: 1 };
  const errors = Array.from({ length: 20 }, () => NETWORK);
  await retry(failing(...errors), options({ retry: policy, signal, random: () => 0.999 }));
  assert.deepEqual(warnings, []);
});
