import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { bytes, complete, initiate, putPart, raw, requestOptions, sign, withEmulator } from "./support.ts";

const run = promisify(execFile);

describe("Put, Get, Head and Delete Object", () => {
  it("keep the headers that belong to an object", async (t) => {
    const emulator = await withEmulator(t);
    const headers = {
      "Content-Type": "text/plain",
      "Cache-Control": "no-cache",
      "Content-Disposition": "attachment",
      "Content-Encoding": "x-none",
      "Content-Language": "ko",
      Expires: "Thu, 01 Dec 2033 16:00:00 GMT",
      "x-cos-meta-some-name": "ø and more",
      "x-cos-storage-class": "STANDARD_IA",
      "x-cos-tagging": "a=1&b=%26",
      "x-cos-acl": "private",
    };
    const authorization = sign(emulator, { method: "PUT", key: "k" });
    // A Buffer: node:http would write the headers in UTF-8 together with a string.
    await raw(emulator, { method: "PUT", key: "k", body: Buffer.from("body"), headers, authorization });
    const head = await raw(emulator, { method: "HEAD", key: "k" });
    const { "x-cos-tagging": _, "x-cos-acl": __, ...kept } = headers;
    for (const [name, value] of Object.entries(kept)) assert.equal(head.headers[name.toLowerCase()], value);
    assert.equal(head.headers["content-length"], "4");
    assert.equal(head.text, "");
    assert.ok(Math.abs(Date.parse(head.headers["last-modified"] ?? "") - Date.now()) < 5000);
    assert.equal((await raw(emulator, { method: "DELETE", key: "k" })).status, 204);
    assert.equal((await raw(emulator, { method: "HEAD", key: "k" })).status, 404);
    assert.equal((await raw(emulator, { key: "k" })).code, "NoSuchKey");
    assert.equal((await raw(emulator, { method: "DELETE", key: "k" })).status, 204);
  });

  it("take a chunked body, and an empty one", async (t) => {
    const emulator = await withEmulator(t);
    const headers = { "Transfer-Encoding": "chunked" };
    assert.equal((await raw(emulator, { method: "PUT", key: "k", body: "chunked", headers })).status, 200);
    assert.equal((await raw(emulator, { key: "k" })).text, "chunked");
    const empty = await raw(emulator, { method: "PUT", key: "e", body: "" });
    assert.equal(empty.headers["x-cos-hash-crc64ecma"], "0");
    assert.equal((await raw(emulator, { key: "e" })).headers["content-length"], "0");
  });

  const refusals: [string, Record<string, string>, string][] = [
    ["Content-MD5 of other bytes", { "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg==" }, "BadDigest"],
    ["metadata with an underscore", { "x-cos-meta-a_b": "1" }, "InvalidArgument"],
    ["a metadata value over 2 KiB", { "x-cos-meta-a": "x".repeat(2049) }, "MetadataTooLarge"],
    [
      "metadata over 4 KiB",
      { "x-cos-meta-a": "x".repeat(2000), "x-cos-meta-b": "x".repeat(2000), "x-cos-meta-c": "x".repeat(200) },
      "MetadataTooLarge",
    ],
    ["an unknown storage class", { "x-cos-storage-class": "GLACIER" }, "NotSupportedStorageClass"],
    ["an unknown ACL", { "x-cos-acl": "mine" }, "InvalidArgument"],
    ["11 tags", { "x-cos-tagging": Array.from({ length: 11 }, (_, n) => `k${n}=v`).join("&") }, "InvalidTag"],
    ["a tag that isn't URL-encoded", { "x-cos-tagging": "a=%zz" }, "InvalidTag"],
    ["an unknown encryption", { "x-cos-server-side-encryption": "DES" }, "InvalidArgument"],
    ["a tag twice", { "x-cos-tagging": "a=1&a=2" }, "InvalidTag"],
    ["a tag without value", { "x-cos-tagging": "a" }, "InvalidTag"],
  ];
  for (const [what, headers, code] of refusals) {
    it(`refuse ${what}`, async (t) => {
      const emulator = await withEmulator(t);
      const answer = await raw(emulator, { method: "PUT", key: "k", body: "body", headers });
      assert.deepEqual([answer.status, answer.code], [400, code]);
      assert.deepEqual(emulator.objects(), []);
    });
  }

  it("read ranges, also across parts", async (t) => {
    const emulator = await withEmulator(t, { limits: { minPartSize: 1 } });
    const uploadId = await initiate(emulator, "k");
    const etags: (string | undefined)[] = [];
    for (const [index, part] of ["abc", "defgh", "ij"].entries()) {
      etags.push(
        (await putPart(emulator, { key: "k", uploadId }, { partNumber: index + 1, body: part })).headers.etag,
      );
    }
    await complete(emulator, { key: "k", uploadId }, etags);
    const cases: [string, number, string, string | undefined][] = [
      ["bytes=0-0", 206, "a", "bytes 0-0/10"],
      ["bytes=2-8", 206, "cdefghi", "bytes 2-8/10"],
      ["bytes=3-7", 206, "defgh", "bytes 3-7/10"],
      ["bytes=8-", 206, "ij", "bytes 8-9/10"],
      ["bytes=-3", 206, "hij", "bytes 7-9/10"],
      ["bytes=-30", 206, "abcdefghij", "bytes 0-9/10"],
      ["bytes=5-99", 206, "fghij", "bytes 5-9/10"],
      ["bytes=4-2", 200, "abcdefghij", undefined],
      ["lines=1-2", 200, "abcdefghij", undefined],
    ];
    for (const [Range, status, text, contentRange] of cases) {
      const answer = await raw(emulator, { key: "k", headers: { Range } });
      assert.deepEqual(
        [answer.status, answer.text, answer.headers["content-range"]],
        [status, text, contentRange],
        Range,
      );
    }
    for (const Range of ["bytes=10-", "bytes=-0"]) {
      const answer = await raw(emulator, { key: "k", headers: { Range } });
      assert.deepEqual([answer.status, answer.code], [416, "InvalidRange"]);
      assert.equal(answer.headers["content-range"], "bytes */10");
    }
    const stream = emulator.object("k")?.createReadStream({ start: 2, end: 3 });
    assert.equal(Buffer.concat((await stream?.toArray()) ?? []).toString(), "cd");
  });

  it("let a GET set headers of its answer, and its speed", async (t) => {
    const emulator = await withEmulator(t);
    await raw(emulator, { method: "PUT", key: "k", body: bytes(51_200) });
    const query = {
      "response-content-type": "a/b",
      "response-expires": "0",
      "x-cos-traffic-limit": "819200",
    };
    const start = performance.now();
    const answer = await raw(emulator, { key: "k", query });
    assert.deepEqual([answer.headers["content-type"], answer.headers.expires], ["a/b", "0"]);
    assert.ok(performance.now() - start > 450);
    const slow = await raw(emulator, { key: "k", query: { "x-cos-traffic-limit": "1" } });
    assert.deepEqual([slow.status, slow.code], [400, "InvalidArgument"]);
  });

  it("answer conditions on the ETag", async (t) => {
    const emulator = await withEmulator(t);
    const { headers } = await raw(emulator, { method: "PUT", key: "k", body: "x" });
    const status = async (condition: Record<string, string>): Promise<number> =>
      (await raw(emulator, { key: "k", headers: condition })).status;
    assert.equal(await status({ "If-None-Match": headers.etag ?? "" }), 304);
    assert.equal(await status({ "If-None-Match": '"other"' }), 200);
    assert.equal(await status({ "If-Match": headers.etag ?? "" }), 200);
    assert.equal(await status({ "If-Match": '"other"' }), 412);
  });

  it("go on reading an object that is replaced or deleted meanwhile", async (t) => {
    const emulator = await withEmulator(t);
    const body = bytes(16 * 1024 * 1024);
    const uploadId = await initiate(emulator, "k");
    const half = body.length / 2;
    const etags = [
      (await putPart(emulator, { key: "k", uploadId }, { partNumber: 1, body: body.subarray(0, half) }))
        .headers.etag,
      (await putPart(emulator, { key: "k", uploadId }, { partNumber: 2, body: body.subarray(half) })).headers
        .etag,
    ];
    await complete(emulator, { key: "k", uploadId }, etags);
    const client = request(requestOptions(emulator, { key: "k" })).end();
    const [response] = await once(client, "response");
    await raw(emulator, { method: "PUT", key: "k", body: "new" });
    await raw(emulator, { method: "DELETE", key: "k" });
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    assert.ok(Buffer.concat(chunks).equals(body));
  });
});

describe("A request", () => {
  const targets: [string, number, string][] = [
    ["/%", 400, "InvalidURI"],
    ["/%zz", 400, "InvalidURI"],
    ["/%ff", 400, "InvalidURI"],
    ["/k?a=%", 400, "InvalidURI"],
    [`/${"k".repeat(851)}`, 400, "KeyTooLong"],
    [`/${"%C3%A9".repeat(426)}`, 400, "KeyTooLong"],
    ["//k", 400, "InvalidObjectName"],
    ["/%2Fk", 400, "InvalidObjectName"],
    ["/%5Ck", 400, "InvalidObjectName"],
    ["/a%1Ab", 400, "InvalidObjectName"],
  ];
  for (const [path, status, code] of targets) {
    it(`for ${path.slice(0, 20)} is refused with ${code}`, async (t) => {
      const emulator = await withEmulator(t);
      const client = request({ ...requestOptions(emulator, {}), path }).end();
      const [response] = await once(client, "response");
      const text = (await response.toArray()).join("");
      assert.deepEqual([response.statusCode, /<Code>(.*)<\/Code>/.exec(text)?.[1]], [status, code]);
    });
  }

  const hosts: [string, string | undefined, string?][] = [
    ["b-1.cos.ap-guangzhou.myqcloud.com", "b-1"],
    ["B-1.cos.ap-guangzhou.myqcloud.com:8080", "b-1"],
    ["b-1.cos.accelerate.myqcloud.com", "b-1"],
    ["b-1.cos-internal.accelerate.tencentcos.cn", "b-1"],
    ["b-1.cos-internal.ap-seoul.tencentcos.cn", "b-1"],
    ["localhost", "default-1"],
    ["files.example.com", "default-1"],
    ["[::1]:8080", "default-1"],
    ["no_good.cos.ap-guangzhou.myqcloud.com", undefined, "InvalidBucketName"],
    ["cos.ap-guangzhou.myqcloud.com", undefined, "PathStyleDomainForbidden"],
  ];
  for (const [Host, bucket, code] of hosts) {
    it(`with Host ${Host} goes to ${bucket ?? code}`, async (t) => {
      const emulator = await withEmulator(t, { bucket: "default-1" });
      const answer = await raw(emulator, { method: "PUT", key: "k", body: "x", headers: { Host } });
      assert.equal(answer.code, code);
      assert.deepEqual(
        emulator.objects().map((object) => object.bucket),
        bucket === undefined ? [] : [bucket],
      );
    });
  }

  it("with an absolute target goes to the target's bucket, whatever the Host header says", async (t) => {
    const emulator = await withEmulator(t);
    const Host = "b-1.cos.ap-seoul.myqcloud.com";
    const authorization = sign(emulator, { method: "PUT", key: "a/../b", headers: { Host } });
    const options = requestOptions(emulator, { method: "PUT", key: "a/../b", authorization, body: "x" });
    const client = request({
      ...options,
      path: `http://${Host}/a/../b`,
      headers: { ...options.headers, Host: "x" },
    });
    const [response] = await once(client.end("x"), "response");
    response.resume();
    assert.equal(response.statusCode, 200);
    assert.deepEqual(emulator.objects(), [{ bucket: "b-1", key: "a/../b", size: 1 }]);
  });

  it("for something that is not there is refused", async (t) => {
    const emulator = await withEmulator(t);
    const cases: [object, number, string][] = [
      [{ method: "POST", key: "k" }, 405, "MethodNotAllowed"],
      [{ method: "PUT" }, 405, "MethodNotAllowed"],
      [{ method: "PUT", key: "k", query: { acl: "" }, body: "x" }, 501, "NotImplemented"],
      [{ method: "PUT", key: "k", headers: { "x-cos-copy-source": "a" }, body: "" }, 501, "NotImplemented"],
      [
        { method: "PUT", key: "k", headers: { "Content-Encoding": "aws-chunked" }, body: "" },
        501,
        "NotImplemented",
      ],
      [{ method: "GET", key: "k", query: { uploadId: "" } }, 400, "ListPartUploadIdIsEmpty"],
      [{ method: "PUT", key: "k", query: { partNumber: "1" }, body: "x" }, 404, "NoSuchUpload"],
    ];
    for (const [options, status, code] of cases) {
      const answer = await raw(emulator, options);
      assert.deepEqual([answer.status, answer.code], [status, code]);
    }
  });

  it("that isn't HTTP is answered in HTTP", async (t) => {
    const emulator = await withEmulator(t);
    const { hostname, port } = new URL(emulator.url);
    const socket = connect(Number(port), hostname);
    socket.end("nonsense\r\n\r\n");
    assert.match((await socket.toArray()).join(""), /^HTTP\/1.1 400 .*<Code>BadRequest</s);
  });

  it("by curl gets its error as XML", async (t) => {
    const emulator = await withEmulator(t);
    const curl = (...more: string[]): Promise<{ stdout: string }> => run("curl", ["-sS", "-i", ...more]);
    try {
      await run("curl", ["--version"]);
    } catch {
      t.skip("curl is not installed");
      return;
    }
    const denied = await curl(`${emulator.url}/k`);
    assert.match(denied.stdout, /^HTTP\/1.1 403 .*<Code>AccessDenied</s);
    const odd = await curl("--path-as-is", `${emulator.url}/%zz`);
    assert.match(odd.stdout, /^HTTP\/1.1 400 .*<Code>InvalidURI</s);
    const authorization = sign(emulator, { method: "PUT", key: "a/../b" });
    const headers = ["-H", `Authorization: ${authorization}`];
    const put = await curl("--path-as-is", "-X", "PUT", "-d", "body", ...headers, `${emulator.url}/a/../b`);
    assert.match(put.stdout, /^HTTP\/1.1 200 /);
    assert.equal(emulator.object("a/../b")?.size, 4);
  });
});
