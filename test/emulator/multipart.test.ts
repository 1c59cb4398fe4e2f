import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { crc64 } from "crc64-ecma182.js";
import {
  bytes,
  complete,
  completeXml,
  initiate,
  putPart,
  raw,
  requestOptions,
  sign,
  until,
  withEmulator,
} from "./support.ts";

const md5 = (body: string | Uint8Array, as: "hex" | "base64"): string =>
  createHash("md5").update(body).digest(as);

const SMALL = { limits: { minPartSize: 1 } };

describe("Upload Part", () => {
  it("answers with the body's MD5 as a quoted ETag, spelled ETag, and its CRC64", async (t) => {
    const emulator = await withEmulator(t);
    const uploadId = await initiate(emulator, "k");
    assert.match(uploadId, /^\d{10}[0-9a-f]{64}$/);
    const answer = await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "[Object Part]" });
    assert.equal(answer.headers.etag, '"108f528eb63b65e734f27ae331f5ffaa"');
    assert.equal(answer.headers["x-cos-hash-crc64ecma"], "4510578591875220731");
    assert.equal(answer.headers.server, "tencent-cos");
    assert.ok(answer.rawHeaders.includes("ETag"));
    assert.equal(emulator.requests[1]?.bytes, 13);
  });

  const refusals: [string, object, number, string][] = [
    ["of number 0", { query: { partNumber: "0" } }, 400, "InvalidArgument"],
    ["of number 10001", { query: { partNumber: "10001" } }, 400, "InvalidArgument"],
    ["of number x", { query: { partNumber: "x" } }, 400, "InvalidArgument"],
    ["of an unknown upload", { query: { uploadId: "1" } }, 404, "NoSuchUpload"],
    ["with a malformed Content-MD5", { headers: { "Content-MD5": "abc" } }, 400, "InvalidDigest"],
    ["with another Content-MD5", { headers: { "Content-MD5": md5("y", "base64") } }, 400, "BadDigest"],
    ["in chunks", { headers: { "Transfer-Encoding": "chunked" } }, 411, "MissingContentLength"],
    ["that is too large", { body: "12345678901" }, 400, "EntityTooLarge"],
    ["with a slow limit", { headers: { "x-cos-traffic-limit": "819199" } }, 400, "InvalidArgument"],
    ["with an SSE-C key the upload has not", { headers: ssec("k".repeat(32)) }, 400, "SSEHeaderNotAllowed"],
  ];
  for (const [what, change, status, code] of refusals) {
    it(`refuses a part ${what}`, async (t) => {
      const emulator = await withEmulator(t, { limits: { maxPartSize: 10 } });
      const uploadId = await initiate(emulator, "k");
      const { query, ...rest } = change as { query?: Record<string, string> };
      const answer = await raw(emulator, {
        method: "PUT",
        key: "k",
        query: { partNumber: "1", uploadId, ...query },
        body: "x",
        ...rest,
      });
      assert.deepEqual([answer.status, answer.code], [status, code]);
      assert.deepEqual(emulator.uploads()[0]?.parts, []);
    });
  }

  it("replaces a part, and keeps the old one if the new one fails", async (t) => {
    const emulator = await withEmulator(t, SMALL);
    const uploadId = await initiate(emulator, "k");
    await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "old" });
    const { headers } = await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "newer" });
    await putPart(
      emulator,
      { key: "k", uploadId },
      { partNumber: 1, body: "wrong", headers: { "Content-MD5": md5("x", "base64") } },
    );
    assert.equal(emulator.uploads()[0]?.parts[0]?.size, 5);
    await complete(emulator, { key: "k", uploadId }, [headers.etag]);
    assert.equal((await raw(emulator, { key: "k" })).text, "newer");
  });

  it("keeps the part that began later, whichever ends last", async (t) => {
    const emulator = await withEmulator(t);
    const uploadId = await initiate(emulator, "k");
    const query = { partNumber: "1", uploadId };
    const slow = request(
      requestOptions(emulator, { method: "PUT", key: "k", query, headers: { "Content-Length": "4" } }),
    );
    slow.write("sl");
    await until(() => emulator.requests[1]?.bytes === 2);
    const { headers } = await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "later" });
    slow.end("ow");
    const [response] = await once(slow, "response");
    response.resume();
    assert.equal(response.statusCode, 200);
    assert.equal(`"${emulator.uploads()[0]?.parts[0]?.etag}"`, headers.etag);
  });

  it("stores nothing of a body that ends early, and says IncompleteBody to who still listens", async (t) => {
    const emulator = await withEmulator(t);
    const uploadId = await initiate(emulator, "k");
    const { host, hostname, port } = new URL(emulator.url);
    const query = { partNumber: "1", uploadId };
    const headers = { Host: host };
    const authorization = sign(emulator, { method: "PUT", key: "k", query, headers });
    const socket = connect(Number(port), hostname);
    socket.end(
      `PUT /k?partNumber=1&uploadId=${uploadId} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 10\r\n` +
        `Authorization: ${authorization}\r\n\r\n12345`,
    );
    const text = (await socket.toArray()).join("");
    assert.match(text, /^HTTP\/1.1 400 .*<Code>IncompleteBody</s);
    assert.deepEqual(emulator.uploads()[0]?.parts, []);
  });

  it("asks for the body only after its checks when the client expects 100-continue", async (t) => {
    const emulator = await withEmulator(t);
    const uploadId = await initiate(emulator, "k");
    const send = async (id: string): Promise<[boolean, number]> => {
      const query = { partNumber: "1", uploadId: id };
      const headers = { Expect: "100-continue", "Content-Length": "4" };
      const client = request(requestOptions(emulator, { method: "PUT", key: "k", query, headers }));
      let asked = false;
      client.once("continue", () => {
        asked = true;
        client.end("body");
      });
      client.flushHeaders();
      const [response] = await once(client, "response");
      response.resume();
      client.destroy();
      return [asked, response.statusCode];
    };
    assert.deepEqual(await send(uploadId), [true, 200]);
    assert.deepEqual(await send("unknown"), [false, 404]);
  });

  it("reads no faster than x-cos-traffic-limit", async (t) => {
    const emulator = await withEmulator(t);
    const uploadId = await initiate(emulator, "k");
    const start = performance.now();
    const body = Buffer.alloc(51_200);
    const limit = { "x-cos-traffic-limit": "819200" };
    assert.equal(
      (await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body, headers: limit })).status,
      200,
    );
    assert.ok(performance.now() - start > 450);
  });
});

describe("Complete Multipart Upload", () => {
  it("answers 200 in chunks, whitespace first, and makes an object with the CRC64 of all its bytes", async (t) => {
    const emulator = await withEmulator(t, { ...SMALL, completeDelay: 60 });
    const uploadId = await initiate(emulator, "folder/k", {
      "Content-Type": "text/x-a",
      "x-cos-meta-b": "c",
    });
    const parts = [bytes(300_000), bytes(70_000), bytes(300_000), bytes(300_000), bytes(1)];
    const etags: (string | undefined)[] = [];
    for (const [index, part] of parts.entries()) {
      etags.push(
        (await putPart(emulator, { key: "folder/k", uploadId }, { partNumber: index + 1, body: part }))
          .headers.etag,
      );
    }
    const answer = await complete(emulator, { key: "folder/k", uploadId }, etags);
    const host = new URL(emulator.url).host;
    assert.equal(answer.headers["transfer-encoding"], "chunked");
    assert.match(answer.text, /^ {3,}<CompleteMultipartUploadResult>/);
    assert.match(answer.text, /<ETag>&quot;[0-9a-f]{32}-5&quot;<\/ETag>/);
    assert.match(answer.text, new RegExp(`<Location>http://${host}/folder/k</Location>`));
    const whole = Buffer.concat(parts);
    const sum = whole.reduce(
      (crc, _, at) => (at % 65_536 ? crc : crc64(whole.subarray(at, at + 65_536), crc)),
      "0",
    );
    assert.equal(answer.headers["x-cos-hash-crc64ecma"], sum);
    const got = await raw(emulator, { key: "folder/k" });
    assert.deepEqual(got.body, whole);
    assert.equal(got.headers["x-cos-hash-crc64ecma"], sum);
    assert.equal(got.headers["content-type"], "text/x-a");
    assert.equal(got.headers["x-cos-meta-b"], "c");
  });

  it("refuses lists that are wrong", async (t) => {
    const emulator = await withEmulator(t, { limits: { minPartSize: 3 } });
    const uploadId = await initiate(emulator, "k");
    const etags: string[] = [];
    for (const [index, part] of ["one", "2", "three", "four"].entries()) {
      etags.push(
        (await putPart(emulator, { key: "k", uploadId }, { partNumber: index + 1, body: part })).headers
          .etag ?? "",
      );
    }
    const [one, two, three] = etags;
    const part = (number: number | string, etag = '"x"'): string =>
      `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`;
    const list = (...parts: string[]): string =>
      `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    const cases: [string, string][] = [
      ["", "MalformedXML"],
      ["<a", "MalformedXML"],
      ["<Other/>", "MalformedXML"],
      [list(), "MalformedXML"],
      [list("<Part><PartNumber>1</PartNumber></Part>"), "MalformedXML"],
      [`<!DOCTYPE a [<!ENTITY b "c">]>${completeXml([one])}`, "MalformedXML"],
      [list(part(1, one), part(3, three), part(2, two)), "InvalidPartOrder"],
      [list(part(1, one), part(1, one)), "InvalidPartOrder"],
      [list(part(1, one), part(5)), "InvalidPart"],
      [list(part(1)), "InvalidPart"],
      [list(part("x", one)), "InvalidPart"],
      [list(part(1, one), part(3, three)), "InvalidPart"],
      [completeXml(etags), "EntityTooSmall"],
      [" ".repeat(3 * 1024 * 1024), "XMLSizeLimit"],
    ];
    for (const [body, code] of cases) {
      const answer = await raw(emulator, { method: "POST", key: "k", query: { uploadId }, body });
      assert.deepEqual([answer.status, answer.code], [400, code], body.slice(0, 200));
    }
    assert.equal(emulator.uploads().length, 1);
  });

  it("takes ETags without quotes, and drops parts that are not listed", async (t) => {
    const emulator = await withEmulator(t, SMALL);
    const uploadId = await initiate(emulator, "k");
    const { headers } = await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "one" });
    await putPart(emulator, { key: "k", uploadId }, { partNumber: 2, body: "two" });
    assert.equal(
      (await complete(emulator, { key: "k", uploadId }, [headers.etag?.slice(1, -1)])).status,
      200,
    );
    assert.equal((await raw(emulator, { key: "k" })).text, "one");
  });

  it("lets one of two win, and finds no upload afterwards", async (t) => {
    const emulator = await withEmulator(t, { completeDelay: 50 });
    const uploadId = await initiate(emulator, "k");
    const { headers } = await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "one" });
    const both = await Promise.all(
      [1, 2].map(() => complete(emulator, { key: "k", uploadId }, [headers.etag])),
    );
    assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 404]);
    for (const answer of [
      await complete(emulator, { key: "k", uploadId }, [headers.etag]),
      await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "x" }),
      await raw(emulator, { method: "DELETE", key: "k", query: { uploadId } }),
      await raw(emulator, { key: "k", query: { uploadId } }),
    ]) {
      assert.deepEqual([answer.status, answer.code], [404, "NoSuchUpload"]);
    }
  });

  it("goes on when the client leaves during the whitespace", async (t) => {
    const emulator = await withEmulator(t, { completeDelay: 150 });
    const uploadId = await initiate(emulator, "k");
    const { headers } = await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "one" });
    const body = completeXml([headers.etag]);
    const client = request(requestOptions(emulator, { method: "POST", key: "k", query: { uploadId }, body }));
    client.on("error", () => {}).end(body);
    const [response] = await once(client, "response");
    response.on("error", () => {});
    client.destroy();
    // The lock of the upload makes this wait for the end of the merge.
    assert.equal((await complete(emulator, { key: "k", uploadId }, [headers.etag])).code, "NoSuchUpload");
    assert.equal(emulator.object("k")?.size, 3);
    assert.equal(emulator.requests[2]?.aborted, true);
  });

  it("refuses to overwrite where that is forbidden", async (t) => {
    const emulator = await withEmulator(t);
    const forbid = { "x-cos-forbid-overwrite": "true" };
    const put = { method: "PUT", key: "k", body: "x", headers: forbid };
    assert.equal((await raw(emulator, put)).status, 200);
    const uploadId = await initiate(emulator, "k");
    const { headers } = await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "one" });
    for (const answer of [
      await raw(emulator, put),
      await raw(emulator, { method: "POST", key: "k", query: { uploads: "" }, headers: forbid }),
      await complete(emulator, { key: "k", uploadId }, [headers.etag], forbid),
    ]) {
      assert.deepEqual([answer.status, answer.code], [409, "FileAlreadyExists"]);
    }
    assert.equal((await complete(emulator, { key: "k", uploadId }, [headers.etag])).status, 200);
  });
});

describe("Complete Multipart Upload, once it has answered 200,", () => {
  it("tells by <Error> that another client made the object meanwhile", async (t) => {
    const emulator = await withEmulator(t, { completeDelay: 150 });
    const uploadId = await initiate(emulator, "k");
    const { headers } = await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "one" });
    const completing = complete(emulator, { key: "k", uploadId }, [headers.etag], {
      "x-cos-forbid-overwrite": "true",
    });
    await until(() => emulator.requests[2]?.statusCode === 200);
    await raw(emulator, { method: "PUT", key: "k", body: "theirs" });
    const answer = await completing;
    assert.deepEqual([answer.status, answer.code], [200, "FileAlreadyExists"]);
    assert.equal(emulator.object("k")?.size, 6);
    assert.equal(emulator.uploads().length, 1);
  });
});

describe("Abort Multipart Upload", () => {
  it("answers 204, and a part that is under way fails", async (t) => {
    const emulator = await withEmulator(t);
    const uploadId = await initiate(emulator, "k");
    const query = { partNumber: "1", uploadId };
    const client = request(
      requestOptions(emulator, { method: "PUT", key: "k", query, headers: { "Content-Length": "4" } }),
    );
    client.write("bo");
    await until(() => emulator.requests[1]?.bytes === 2);
    const answer = await raw(emulator, { method: "DELETE", key: "k", query: { uploadId } });
    assert.deepEqual([answer.status, answer.text], [204, ""]);
    client.end("dy");
    const [response] = await once(client, "response");
    response.resume();
    assert.equal(response.statusCode, 404);
  });
});

describe("Server-side encryption", () => {
  const key = ssec("0123456789ABCDEF".repeat(2));
  const other = ssec("x".repeat(32));

  it("with a customer's key needs that key for every part and every read", async (t) => {
    const emulator = await withEmulator(t);
    const uploadId = await initiate(emulator, "k", key);
    assert.equal(
      (await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "x" })).code,
      "InvalidArgument",
    );
    assert.equal(
      (await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "x", headers: other })).code,
      "SsecDecryptHeaderInvalid",
    );
    const part = await putPart(
      emulator,
      { key: "k", uploadId },
      { partNumber: 1, body: "[Object Part]", headers: key },
    );
    assert.equal(part.headers["x-cos-server-side-encryption-customer-algorithm"], "AES256");
    assert.notEqual(part.headers.etag, '"108f528eb63b65e734f27ae331f5ffaa"');
    assert.equal(part.headers["x-cos-hash-crc64ecma"], "4510578591875220731");
    await complete(emulator, { key: "k", uploadId }, [part.headers.etag]);
    assert.equal((await raw(emulator, { key: "k" })).status, 400);
    assert.equal((await raw(emulator, { key: "k", headers: other })).status, 403);
    assert.equal((await raw(emulator, { key: "k", headers: key })).text, "[Object Part]");
  });

  it("with a customer's key refuses headers that don't fit together", async (t) => {
    const emulator = await withEmulator(t);
    const [algorithm, value, sum] = Object.keys(key) as [string, string, string];
    for (const wrong of [
      { ...key, [algorithm]: "AES128" },
      { ...key, [value]: "short" },
      { ...key, [sum]: other[sum] ?? "" },
      { [algorithm]: "AES256" },
      { ...key, "x-cos-server-side-encryption": "AES256" },
    ]) {
      const answer = await raw(emulator, { method: "PUT", key: "k", body: "x", headers: wrong });
      assert.deepEqual([answer.status, answer.code], [400, "InvalidArgument"]);
    }
  });

  it("is the bucket's where a request names none", async (t) => {
    const emulator = await withEmulator(t, { bucketEncryption: "SSE-KMS" });
    const uploadId = await initiate(emulator, "k");
    const part = await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: "x" });
    const headers = { "x-cos-server-side-encryption": "AES256" };
    const named = await raw(emulator, { method: "PUT", key: "k", body: "x", headers });
    const told = [part, named].map(({ headers }) => headers["x-cos-server-side-encryption"]);
    assert.deepEqual(told, ["cos/kms", "AES256"]);
    assert.notEqual(part.headers.etag, `"${md5("x", "hex")}"`);
  });

  it("by COS keeps MD5 as the ETag, by KMS it does not", async (t) => {
    const emulator = await withEmulator(t);
    for (const [mode, same] of [
      ["AES256", true],
      ["cos/kms", false],
    ] as const) {
      const headers = { "x-cos-server-side-encryption": mode };
      const answer = await raw(emulator, { method: "PUT", key: "k", body: "x", headers });
      assert.equal(answer.headers.etag === `"${md5("x", "hex")}"`, same);
      assert.equal(answer.headers["x-cos-server-side-encryption"], mode);
    }
  });
});

function ssec(key: string): Record<string, string> {
  const prefix = "x-cos-server-side-encryption-customer";
  return {
    [`${prefix}-algorithm`]: "AES256",
    [`${prefix}-key`]: Buffer.from(key).toString("base64"),
    [`${prefix}-key-MD5`]: md5(key, "base64"),
  };
}
