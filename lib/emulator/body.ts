import { createHash } from "node:crypto";
import { MAX_TRAFFIC_LIMIT, MIN_TRAFFIC_LIMIT } from "../limits.ts";
import { steadyTime } from "../timers.ts";
import { ConnectionGone, CosError, invalidArgument } from "./cos-error.ts";
import type { Exchange } from "./exchange.ts";

/** Reads the body of the request, not faster than the request or a fault allows, and counts its bytes. */
export async function* readBody(exchange: Exchange): AsyncGenerator<Buffer> {
  const { request, entry } = exchange;
  const throttle = createThrottle(exchange, rateOf(exchange));
  sendContinue(exchange);
  try {
    // The connection stays open if the reader stops early: an answer follows.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const bytes = chunk as Buffer;
      entry.bytes += bytes.length;
      yield bytes;
      await throttle(bytes.length);
    }
  } catch (error) {
    if (request.destroyed && !request.complete) throw new ConnectionGone("the body ended early");
    throw error;
  }
}

/** Reads the body, or its first bytes, and keeps nothing. */
export async function discardBody(
  exchange: Exchange,
  bytes: number = Number.POSITIVE_INFINITY,
): Promise<void> {
  if (bytes === 0) return;
  for await (const _ of readBody(exchange)) if (exchange.entry.bytes >= bytes) return;
}

/** Reads a small body completely. */
export async function readSmallBody(exchange: Exchange, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const tooLarge = new CosError(400, "XMLSizeLimit", `The XML is longer than ${limit} bytes.`);
  if (Number(exchange.header("content-length") ?? 0) > limit) throw tooLarge;
  for await (const chunk of readBody(exchange)) {
    chunks.push(chunk);
    if (exchange.entry.bytes > limit) throw tooLarge;
  }
  return Buffer.concat(chunks);
}

/** The 16 bytes of Content-MD5. */
export function expectedMd5(exchange: Exchange): Buffer | undefined {
  const header = exchange.header("content-md5");
  if (header === undefined) return undefined;
  const bytes = Buffer.from(header, "base64");
  if (bytes.length !== 16 || bytes.toString("base64") !== header) {
    throw new CosError(400, "InvalidDigest", "The Content-MD5 you specified is not valid.");
  }
  return bytes;
}

/** Compares the body with Content-MD5. */
export function checkMd5(expected: Buffer | undefined, received: Buffer): void {
  if (expected === undefined || expected.equals(received)) return;
  throw new CosError(400, "BadDigest", "The Content-MD5 you specified did not match what we received.", {
    details: {
      ExpectedDigest: expected.toString("base64"),
      CalculatedDigest: received.toString("base64"),
    },
  });
}

export function md5(bytes: Uint8Array): Buffer {
  return createHash("md5").update(bytes).digest();
}

/**
 * `x-cos-traffic-limit` in bytes per second, from a header or a parameter.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/34072
 */
export function trafficLimit(exchange: Exchange): number {
  const value = exchange.header("x-cos-traffic-limit") ?? exchange.parameter("x-cos-traffic-limit");
  if (value === undefined) return Number.POSITIVE_INFINITY;
  const bits = /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN;
  if (!(bits >= MIN_TRAFFIC_LIMIT && bits <= MAX_TRAFFIC_LIMIT)) {
    throw invalidArgument(
      `x-cos-traffic-limit must be from ${MIN_TRAFFIC_LIMIT} to ${MAX_TRAFFIC_LIMIT} bit/s`,
    );
  }
  return bits / 8;
}

/** Returns a function to await after every piece of the body. */
export function createThrottle(exchange: Exchange, bytesPerSecond: number): (bytes: number) => Promise<void> {
  const start = steadyTime();
  let total = 0;
  return async (bytes) => {
    if (bytesPerSecond === Number.POSITIVE_INFINITY) return;
    total += bytes;
    const early = (total / bytesPerSecond) * 1000 - (steadyTime() - start);
    if (early > 1) await exchange.pause(early);
  };
}

function rateOf(exchange: Exchange): number {
  const { fault } = exchange;
  const throttled = fault?.kind === "throttle" ? fault.bytesPerSecond : Number.POSITIVE_INFINITY;
  try {
    return Math.min(throttled, trafficLimit(exchange));
  } catch {
    return throttled;
  }
}

function sendContinue(exchange: Exchange): void {
  if (!exchange.awaitsContinue) return;
  exchange.awaitsContinue = false;
  exchange.response.writeContinue();
}
