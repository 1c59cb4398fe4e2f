import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Emulator, Fault, FaultRuleOptions } from "../../lib/emulator/index.ts";
import {
  bytes,
  complete,
  completeXml,
  initiate,
  putPart,
  type RawAnswer,
  raw,
  requestOptions,
  until,
  withEmulator,
} from "./support.ts";

const put = (emulator: Emulator, body: string | Uint8Array = "body", key = "k"): Promise<RawAnswer> =>
  raw(emulator, { method: "PUT", key, body });

async function prepared(emulator: Emulator): Promise<{ uploadId: string; etag: string | undefined }> {
  const uploadId = await initiate(emulator, "k");
  const { headers } = await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "part" });
  return { uploadId, etag: headers.etag };
}

describe("A fault rule", () => {
  it("lets requests through first, hits some, and is used up", async (t) => {
    const emulator = await withEmulator(t);
    const fault = { kind: "error", statusCode: 503, code: "SlowDown" } as const;
    const rule = emulator.faults.add({ operation: "PutObject", skip: 1, times: 2, fault });
    const statuses: number[] = [];
    for (let times = 0; times < 5; times++) statuses.push((await put(emulator)).status);
    assert.deepEqual(statuses, [200, 503, 503, 200, 200]);
    assert.equal(rule.hits, 2);
    assert.deepEqual(
      emulator.requests.map((entry) => entry.fault),
      [undefined, "error", "error", undefined, undefined],
    );
  });

  it("matches by operation, key, part number and method, the first with times left applying", async (t) => {
    const emulator = await withEmulator(t);
    const answer = (code: string): Fault => ({ kind: "error", statusCode: 400, code });
    emulator.faults.add({ key: "other", fault: answer("Other") });
    emulator.faults.add({ partNumber: 2, times: Number.POSITIVE_INFINITY, fault: answer("Two") });
    emulator.faults.add({ operation: ["GetObject", "ListParts"], fault: answer("Read") });
    emulator.faults.add({ method: "delete", fault: answer("Delete") });
    const uploadId = await initiate(emulator, "k");
    assert.equal((await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "x" })).status, 200);
    assert.equal((await putPart(emulator, { key: "k", uploadId }, { partNumber: 2, body: "x" })).code, "Two");
    assert.equal((await putPart(emulator, { key: "k", uploadId }, { partNumber: 2, body: "x" })).code, "Two");
    assert.equal((await raw(emulator, { key: "other" })).code, "Other");
    assert.equal((await raw(emulator, { key: "other" })).code, "Read");
    assert.equal((await raw(emulator, { method: "DELETE", key: "k" })).code, "Delete");
    assert.equal(emulator.faults.rules.length, 4);
    emulator.faults.rules[1]?.remove();
    assert.equal((await putPart(emulator, { key: "k", uploadId }, { partNumber: 2, body: "x" })).status, 200);
    emulator.faults.clear();
    assert.deepEqual(emulator.faults.rules, []);
  });

  for (const rule of [
    {},
    { fault: { kind: "no such" } },
    { fault: { kind: "toString" } },
    { fault: { kind: "latency" } },
    { fault: { kind: "latency", milliseconds: -1 } },
    { fault: { kind: "latency", milliseconds: 1, seconds: 1 } },
    { fault: { kind: "reset", afterBytes: 0.5 } },
    { fault: { kind: "error", statusCode: 99 } },
    { fault: { kind: "error", statusCode: 500, headers: { "a b": "c" } } },
    { fault: { kind: "error", statusCode: 500, headers: { a: "b\r\nc" } } },
    { fault: { kind: "foreign-answer" } },
    { fault: { kind: "foreign-answer", statusCode: 199 } },
    { fault: { kind: "foreign-answer", statusCode: 200, carriedOut: 1 } },
    { fault: { kind: "foreign-answer", statusCode: 200, headers: { a: "b\r\nc" } } },
    { fault: { kind: "foreign-answer", statusCode: 200, code: "SlowDown" } },
    { fault: { kind: "stall", where: "nowhere" } },
    { fault: { kind: "lost-answer" }, operation: "Upload" },
    { fault: { kind: "lost-answer" }, operation: [] },
    { fault: { kind: "error-in-200", code: "SlowDown" }, operation: "UploadPart" },
    { fault: { kind: "lost-answer" }, partNumber: 0 },
    { fault: { kind: "lost-answer" }, times: 0 },
    { fault: { kind: "lost-answer" }, skip: -1 },
    { fault: { kind: "lost-answer" }, other: 1 },
  ]) {
    it(`is refused if it is ${JSON.stringify(rule)}`, async (t) => {
      const emulator = await withEmulator(t);
      assert.throws(() => emulator.faults.add(rule as unknown as FaultRuleOptions), {
        code: "ERR_COS_INVALID_OPTION",
      });
    });
  }
});

describe("The fault", () => {
  it("latency delays the answer", async (t) => {
    const emulator = await withEmulator(t);
    emulator.faults.add({ fault: { kind: "latency", milliseconds: 80 } });
    const start = performance.now();
    assert.equal((await put(emulator)).status, 200);
    assert.ok(performance.now() - start > 75);
  });

  it("throttle reads the body slowly", async (t) => {
    const emulator = await withEmulator(t);
    emulator.faults.add({ fault: { kind: "throttle", bytesPerSecond: 1_000_000 } });
    const start = performance.now();
    assert.equal((await put(emulator, bytes(200_000))).status, 200);
    assert.ok(performance.now() - start > 180);
  });

  for (const afterBytes of [0, 100_000]) {
    it(`reset ends the connection with RST after ${afterBytes} bytes`, async (t) => {
      const emulator = await withEmulator(t);
      emulator.faults.add({ fault: { kind: "reset", afterBytes } });
      await assert.rejects(put(emulator, bytes(400_000)), { code: /ECONNRESET|EPIPE/ });
      const entry = emulator.requests[0];
      assert.ok((entry?.bytes ?? -1) >= afterBytes && (entry?.bytes ?? 0) < 400_000);
      assert.deepEqual([entry?.statusCode, entry?.aborted], [undefined, false]);
      assert.deepEqual(emulator.objects(), []);
      assert.equal((await put(emulator)).status, 200);
    });
  }

  it("half-close ends the answering side only", async (t) => {
    const emulator = await withEmulator(t);
    emulator.faults.add({ fault: { kind: "half-close", afterBytes: 2 } });
    await assert.rejects(put(emulator), { code: "ECONNRESET", message: "socket hang up" });
    assert.deepEqual(emulator.objects(), []);
  });

  it("error answers with any status, header and body", async (t) => {
    const emulator = await withEmulator(t);
    const headers = { "Retry-After": "3" };
    emulator.faults.add({ fault: { kind: "error", statusCode: 503, code: "SlowDown", headers } });
    emulator.faults.add({
      fault: {
        kind: "error",
        statusCode: 301,
        headers: { Location: "http://elsewhere/" },
        body: "<html>",
        contentType: "text/html",
        requestId: false,
      },
    });
    const slow = await put(emulator);
    assert.deepEqual([slow.status, slow.code, slow.headers["retry-after"]], [503, "SlowDown", "3"]);
    assert.ok(slow.headers["x-cos-request-id"]);
    assert.equal(emulator.requests[0]?.bytes, 4);
    const moved = await put(emulator);
    assert.deepEqual(
      [moved.status, moved.text, moved.headers.location],
      [301, "<html>", "http://elsewhere/"],
    );
    assert.equal(moved.headers["content-type"], "text/html");
    assert.deepEqual(
      Object.keys(moved.headers).filter((name) => name.startsWith("x-cos-") || name === "server"),
      [],
    );
    assert.deepEqual(emulator.objects(), []);
  });

  for (const carriedOut of [false, true]) {
    it(`foreign-answer answers in COS's place, ${carriedOut ? "after COS did" : "and COS does not do"} what was asked`, async (t) => {
      const emulator = await withEmulator(t);
      const headers = { Location: "http://portal/" };
      const fault = { kind: "foreign-answer", statusCode: 302, carriedOut, headers } as const;
      emulator.faults.add({ fault });
      const answer = await put(emulator);
      assert.deepEqual([answer.status, answer.headers.location], [302, "http://portal/"]);
      assert.match(answer.text, /^<!DOCTYPE html>/);
      assert.equal(answer.headers["content-type"], "text/html");
      const marks = Object.keys(answer.headers).filter((name) => /^x-cos-|^server$|^etag$/.test(name));
      assert.deepEqual(marks, []);
      assert.deepEqual([emulator.requests[0]?.bytes, emulator.requests[0]?.statusCode], [4, 302]);
      assert.equal(emulator.object("k") !== undefined, carriedOut);
    });
  }

  it("foreign-answer takes the place of a Complete that was carried out, and of a refusal", async (t) => {
    const emulator = await withEmulator(t);
    const { uploadId, etag } = await prepared(emulator);
    const fault = { kind: "foreign-answer", statusCode: 503, carriedOut: true } as const;
    emulator.faults.add({ operation: "CompleteMultipartUpload", times: 2, fault });
    for (const attempt of [1, 2]) {
      const answer = await complete(emulator, { key: "k", uploadId }, [etag]);
      assert.deepEqual([answer.status, answer.code], [503, undefined], `attempt ${attempt}`);
      assert.deepEqual([emulator.object("k")?.size, emulator.uploads()], [4, []]);
    }
  });

  it("foreign-answer has the length of its page for HEAD, and no page for 204", async (t) => {
    const emulator = await withEmulator(t);
    await put(emulator);
    emulator.faults.add({ fault: { kind: "foreign-answer", statusCode: 200, body: "<html>" } });
    emulator.faults.add({ fault: { kind: "foreign-answer", statusCode: 204 } });
    const head = await raw(emulator, { method: "HEAD", key: "k" });
    assert.deepEqual([head.status, head.headers["content-length"]], [200, "6"]);
    const deleted = await raw(emulator, { method: "DELETE", key: "k" });
    assert.deepEqual([deleted.status, deleted.text], [204, ""]);
    assert.equal(emulator.object("k")?.size, 4);
  });

  it("error can come before the body is read", async (t) => {
    const emulator = await withEmulator(t);
    emulator.faults.add({ fault: { kind: "error", statusCode: 500, early: true } });
    const options = { method: "PUT", key: "k", headers: { "Content-Length": "1000" } };
    const client = request(requestOptions(emulator, options)).on("error", () => {});
    client.flushHeaders();
    const [response] = await once(client, "response");
    assert.equal(response.statusCode, 500);
    client.destroy();
  });

  it("wrong-etag and no-etag lie about a part, but store it well", async (t) => {
    const emulator = await withEmulator(t);
    const uploadId = await initiate(emulator, "k");
    const part = (): Promise<RawAnswer> =>
      putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "part" });
    const { headers } = await part();
    emulator.faults.add({ fault: { kind: "wrong-etag" } });
    emulator.faults.add({ fault: { kind: "no-etag" } });
    const wrong = (await part()).headers.etag;
    assert.match(wrong ?? "", /^"[0-9a-f]{32}"$/);
    assert.notEqual(wrong, headers.etag);
    assert.equal((await part()).headers.etag, undefined);
    assert.equal((await complete(emulator, { key: "k", uploadId }, [wrong])).code, "InvalidPart");
    emulator.faults.add({ operation: "CompleteMultipartUpload", fault: { kind: "no-etag" } });
    assert.doesNotMatch((await complete(emulator, { key: "k", uploadId }, [headers.etag])).text, /ETag/);
  });

  it("wrong-crc64 and no-crc64 lie about the sum", async (t) => {
    const emulator = await withEmulator(t);
    emulator.faults.add({ fault: { kind: "wrong-crc64" } });
    emulator.faults.add({ fault: { kind: "no-crc64" } });
    const sums: unknown[] = [];
    for (let times = 0; times < 3; times++) {
      sums.push((await put(emulator, "[Object Part]")).headers["x-cos-hash-crc64ecma"]);
    }
    assert.deepEqual(sums, ["4510578591875220730", undefined, "4510578591875220731"]);
  });

  for (const committed of [true, false]) {
    it(`truncated-answer cuts Complete's XML, the object ${committed ? "" : "not "}being there`, async (t) => {
      const emulator = await withEmulator(t);
      const { uploadId, etag } = await prepared(emulator);
      emulator.faults.add({ fault: { kind: "truncated-answer", committed } });
      const body = completeXml([etag]);
      const client = request(
        requestOptions(emulator, { method: "POST", key: "k", query: { uploadId }, body }),
      );
      client.end(body);
      const [response] = await once(client, "response");
      assert.equal(response.statusCode, 200);
      let text = "";
      await assert.rejects(
        async () => {
          for await (const chunk of response) text += chunk;
        },
        { code: "ECONNRESET" },
      );
      assert.match(text, /^ +<CompleteMultipartUploadResult>(?!.*<\/Complete)/s);
      assert.equal(emulator.object("k") !== undefined, committed);
      assert.equal(emulator.uploads().length, committed ? 0 : 1);
    });
  }

  it("truncated-answer cuts a listing, and all of an answer without a body", async (t) => {
    const emulator = await withEmulator(t);
    emulator.faults.add({ times: 2, fault: { kind: "truncated-answer" } });
    await assert.rejects(raw(emulator, {}), { code: "ECONNRESET" });
    assert.equal(emulator.requests[0]?.statusCode, 200);
    await assert.rejects(put(emulator), { code: "ECONNRESET" });
    assert.equal(emulator.object("k")?.size, 4);
  });

  it("latency ends when the client leaves", async (t) => {
    const emulator = await withEmulator(t);
    emulator.faults.add({ fault: { kind: "latency", milliseconds: 600_000 } });
    const client = request(requestOptions(emulator, {})).on("error", () => {});
    client.end();
    await until(() => emulator.requests.length === 1);
    client.destroy();
    await until(() => emulator.requests[0]?.aborted === true);
  });

  it("truncated-answer cuts a download", async (t) => {
    const emulator = await withEmulator(t);
    await put(emulator, bytes(100_000));
    emulator.faults.add({ operation: "GetObject", fault: { kind: "truncated-answer" } });
    await assert.rejects(raw(emulator, { key: "k" }), { code: "ECONNRESET" });
  });

  it("error-in-200 answers 200 and leaves the upload as it was", async (t) => {
    const emulator = await withEmulator(t);
    const { uploadId, etag } = await prepared(emulator);
    emulator.faults.add({ fault: { kind: "error-in-200", code: "InternalError" } });
    const failed = await complete(emulator, { key: "k", uploadId }, [etag]);
    assert.deepEqual([failed.status, failed.code], [200, "InternalError"]);
    assert.match(failed.text, /^ +<Error>/);
    assert.equal(emulator.requests.at(-1)?.code, "InternalError");
    const again = await complete(emulator, { key: "k", uploadId }, [etag]);
    assert.match(again.text, /CompleteMultipartUploadResult/);
  });

  it("lost-answer does the work and resets the connection", async (t) => {
    const emulator = await withEmulator(t);
    const { uploadId, etag } = await prepared(emulator);
    emulator.faults.add({ fault: { kind: "lost-answer" } });
    await assert.rejects(complete(emulator, { key: "k", uploadId }, [etag]), { code: "ECONNRESET" });
    assert.equal(emulator.object("k")?.size, 4);
    assert.equal(emulator.requests.at(-1)?.statusCode, undefined);
  });

  it("clock-skew judges and dates one request by another clock", async (t) => {
    const emulator = await withEmulator(t, { clock: () => Date.now() });
    emulator.faults.add({ fault: { kind: "clock-skew", milliseconds: -3_600_000 } });
    const skewed = await put(emulator);
    assert.equal(skewed.code, "RequestTimeTooSkewed");
    assert.ok(Math.abs(Date.parse(skewed.headers.date ?? "") - Date.now() + 3_600_000) < 5000);
    assert.equal((await put(emulator)).status, 200);
  });

  it("expired-token answers 400 ExpiredToken", async (t) => {
    const emulator = await withEmulator(t);
    emulator.faults.add({ fault: { kind: "expired-token" } });
    const answer = await put(emulator);
    assert.deepEqual([answer.status, answer.code], [400, "ExpiredToken"]);
  });

  for (const where of ["request", "answer"] as const) {
    it(`stall at the ${where} lasts until the client leaves`, async (t) => {
      const emulator = await withEmulator(t);
      emulator.faults.add({ fault: { kind: "stall", where } });
      const options = { method: "PUT", key: "k", body: "body" };
      const client = request(requestOptions(emulator, options)).on("error", () => {});
      client.on("response", () => assert.fail("answered")).end("body");
      if (where === "answer") await until(() => emulator.object("k")?.size === 4);
      await new Promise((resolve) => setTimeout(resolve, 60));
      assert.equal(emulator.object("k")?.size, where === "answer" ? 4 : undefined);
      assert.equal(emulator.requests[0]?.aborted, false);
      client.destroy();
      await until(() => emulator.requests[0]?.aborted === true);
      assert.equal(emulator.requests[0]?.statusCode, undefined);
    });
  }

  for (const where of ["request", "answer"] as const) {
    it(`stall at the ${where} is over when its rule is removed`, async (t) => {
      const emulator = await withEmulator(t);
      const stall = emulator.faults.add({ fault: { kind: "stall", where } });
      const answer = put(emulator);
      await until(() => (where === "answer" ? emulator.objects() : emulator.requests).length === 1);
      assert.equal(emulator.requests[0]?.statusCode, undefined);
      stall.remove();
      assert.equal((await answer).status, 200);
      assert.equal(emulator.objects().length, 1);
    });
  }

  it("stall that is over is followed by the next rule that matches", async (t) => {
    const emulator = await withEmulator(t);
    const stall = emulator.faults.add({ fault: { kind: "stall", where: "request" } });
    const answer = put(emulator);
    await until(() => emulator.requests.length === 1);
    emulator.faults.add({ fault: { kind: "error", statusCode: 403, code: "AccessDenied" } });
    stall.remove();
    assert.deepEqual([(await answer).code, emulator.requests[0]?.fault], ["AccessDenied", "error"]);
    assert.deepEqual(emulator.objects(), []);
  });

  for (const size of [0, 100_000, 20_000_000]) {
    it(`stall at the request shows that its client left, with ${size} bytes on their way`, async (t) => {
      const emulator = await withEmulator(t);
      emulator.faults.add({ fault: { kind: "stall", where: "request" } });
      const body = bytes(size);
      const client = request(requestOptions(emulator, { method: "PUT", key: "k", body })).on(
        "error",
        () => {},
      );
      client.on("response", () => assert.fail("answered")).end(body);
      await until(() => emulator.requests.length === 1);
      assert.equal(emulator.requests[0]?.aborted, false);
      client.destroy();
      await until(() => emulator.requests[0]?.aborted === true);
      assert.deepEqual([emulator.requests[0]?.statusCode, emulator.requests[0]?.bytes], [undefined, 0]);
      assert.deepEqual(emulator.objects(), []);
    });
  }

  for (const size of [0, 4, 20_000_000]) {
    it(`stall loses nothing of ${size} bytes that it kept for long`, async (t) => {
      const emulator = await withEmulator(t);
      const stall = emulator.faults.add({ fault: { kind: "stall", where: "request" } });
      const body = bytes(size);
      const answer = raw(emulator, { method: "PUT", key: "k", body });
      // As the documentation says: after a second they are taken.
      await sleep(1500);
      assert.deepEqual([emulator.requests[0]?.bytes, emulator.requests[0]?.aborted], [0, false]);
      stall.remove();
      assert.equal((await answer).status, 200);
      assert.ok((await raw(emulator, { key: "k" })).body.equals(body));
    });
  }

  it("leaves the connection usable for the next request where it doesn't end it", async (t) => {
    const emulator = await withEmulator(t);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    emulator.faults.add({ fault: { kind: "error", statusCode: 500 } });
    const options = { method: "PUT", key: "k", body: "body", agent };
    assert.equal((await raw(emulator, options)).headers.connection, "keep-alive");
    assert.equal((await raw(emulator, options)).status, 200);
  });
});
