import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { computeSignature, type Pair } from "../../lib/emulator/signature.ts";
import { raw, sign, withEmulator } from "./support.ts";

interface Vector {
  readonly name: string;
  readonly secretKey: string;
  readonly method: string;
  readonly pathname: string;
  readonly query: Record<string, string | number>;
  readonly headers: Record<string, string>;
  readonly keyTime: string;
  readonly authorization: string;
  readonly intermediates: Record<string, string>;
}

const vectors = JSON.parse(
  readFileSync(new URL("../fixtures/signature-vectors.json", import.meta.url), "utf8"),
) as Vector[];

const field = (authorization: string, name: string): string =>
  new RegExp(`(?:^|&)${name}=([^&]*)`).exec(authorization)?.[1] ?? "";

describe("The verifier's own signature", () => {
  for (const vector of vectors) {
    it(`is the known one of ${vector.name}`, () => {
      const computed = computeSignature({
        method: vector.method,
        path: vector.pathname,
        query: Object.entries(vector.query).map(([name, value]): Pair => [name, String(value)]),
        headers: Object.entries(vector.headers).map(
          ([name, value]): Pair => [name, Buffer.from(value).toString("latin1")],
        ),
        headerList: field(vector.authorization, "q-header-list").split(";").filter(Boolean),
        paramList: field(vector.authorization, "q-url-param-list").split(";").filter(Boolean),
        signTime: vector.keyTime,
        keyTime: vector.keyTime,
        secretKey: vector.secretKey,
      });
      assert.deepEqual(computed.missing, []);
      assert.equal(computed.signature, field(vector.authorization, "q-signature"));
      for (const name of [
        "signKey",
        "httpParameters",
        "httpHeaders",
        "httpString",
        "stringToSign",
      ] as const) {
        if (vector.intermediates[name] !== undefined)
          assert.equal(computed[name], vector.intermediates[name]);
      }
    });
  }
});

describe("A request is let in", () => {
  it("when the official SDK signed it, with its query and headers", async (t) => {
    const emulator = await withEmulator(t);
    const answer = await raw(emulator, {
      method: "PUT",
      key: "a b+c(d)/é",
      query: { "x-odd": "1 + 1 = 2*", UPPER: "" },
      headers: { "Content-Type": "text/plain; charset=utf-8", "x-cos-meta-a": "Value (1)" },
      body: "x",
    });
    assert.equal(answer.status, 200);
  });

  it("when its parameter list is in upper case", async (t) => {
    const emulator = await withEmulator(t);
    const query = { uploads: "", prefix: "p" };
    const authorization = sign(emulator, { query }).replace("prefix;uploads", "PREFIX;Uploads");
    assert.match(authorization, /PREFIX/);
    assert.equal((await raw(emulator, { query, authorization })).status, 200);
  });

  it("with its token in a header or in the query", async (t) => {
    const credentials = { secretId: "AKID1", secretKey: "key", securityToken: "t" };
    const emulator = await withEmulator(t, { credentials });
    assert.equal((await raw(emulator, { headers: { "x-cos-security-token": "t" } })).status, 200);
    assert.equal((await raw(emulator, { query: { "x-cos-security-token": "t" } })).status, 200);
    for (const token of [undefined, "other"]) {
      const headers: Record<string, string> = token === undefined ? {} : { "x-cos-security-token": token };
      const answer = await raw(emulator, { headers });
      assert.deepEqual([answer.status, answer.code], [403, "AccessDenied"]);
    }
  });
});

describe("A request is refused", () => {
  const cases: [string, (authorization: string) => string | null, number, string][] = [
    ["without Authorization", () => null, 403, "AccessDenied"],
    ["with another scheme", () => "AWS4-HMAC-SHA256 Credential=x", 403, "AccessDenied"],
    ["without a field", (text) => text.replace(/&q-key-time=[^&]*/, ""), 400, "InvalidArgument"],
    ["with a field twice", (text) => `${text}&q-ak=x`, 400, "InvalidArgument"],
    ["with another algorithm", (text) => text.replace("=sha1", "=md5"), 400, "InvalidArgument"],
    [
      "with an unknown SecretId",
      (text) => text.replace(/q-ak=[^&]*/, "q-ak=AKIDno"),
      403,
      "InvalidAccessKeyId",
    ],
    ["with another signature", (text) => text.replace(/.{8}$/, "00000000"), 403, "SignatureDoesNotMatch"],
    ["with a short signature", (text) => text.slice(0, -1), 403, "SignatureDoesNotMatch"],
    [
      "with a listed header that did not arrive",
      (text) => text.replace("q-header-list=", "q-header-list=content-md5;"),
      403,
      "SignatureDoesNotMatch",
    ],
  ];
  for (const [what, change, status, code] of cases) {
    it(what, async (t) => {
      const emulator = await withEmulator(t);
      const headers = { Host: new URL(emulator.url).host };
      const authorization = change(sign(emulator, { headers }));
      const answer = await raw(emulator, { headers, authorization });
      assert.deepEqual([answer.status, answer.code], [status, code]);
      assert.match(answer.text, /<Resource>.*<RequestId>.*<TraceId>/s);
      assert.equal(answer.headers["content-type"], "application/xml");
      assert.ok(answer.headers["x-cos-request-id"] && answer.headers["x-cos-trace-id"]);
      assert.equal(emulator.requests[0]?.code, code);
    });
  }

  it("when what was signed is not what arrived", async (t) => {
    const emulator = await withEmulator(t);
    const headers = { Host: new URL(emulator.url).host, "x-cos-meta-a": "1" };
    const options = { method: "PUT", key: "k", headers, body: "" };
    const authorization = sign(emulator, options);
    assert.equal((await raw(emulator, { ...options, authorization })).status, 200);
    const changes = [{ key: "K" }, { method: "GET" }, { headers: { ...headers, "x-cos-meta-a": "2" } }];
    for (const change of changes) {
      const answer = await raw(emulator, { ...options, ...change, authorization });
      assert.equal(answer.code, "SignatureDoesNotMatch");
    }
  });

  it("outside its window of time, with the server's Date and ServerTime", async (t) => {
    let now = Date.UTC(2030, 0, 1);
    const emulator = await withEmulator(t, { clock: () => now });
    const start = now / 1000;
    const authorization = sign(emulator, {}, { KeyTime: `${start};${start + 60}`, ForceSignHost: false });
    const status = async (): Promise<unknown[]> => {
      const answer = await raw(emulator, { authorization });
      return [answer.status, answer.code, answer.headers.date];
    };
    assert.deepEqual(await status(), [200, undefined, "Tue, 01 Jan 2030 00:00:00 GMT"]);
    now += 61_000;
    assert.deepEqual(await status(), [403, "AccessDenied", "Tue, 01 Jan 2030 00:01:01 GMT"]);
    const late = await raw(emulator, { authorization });
    assert.match(late.text, /<Message>Request has expired<\/Message><ServerTime>2030-01-01T00:01:01Z</);
    now = (start - 901) * 1000;
    assert.deepEqual(await status(), [403, "RequestTimeTooSkewed", "Mon, 31 Dec 2029 23:44:59 GMT"]);
    now = (start - 899) * 1000;
    assert.equal((await status())[0], 200);
  });

  it("before its body is read, and the client still sees the answer", async (t) => {
    const emulator = await withEmulator(t);
    const body = Buffer.alloc(8 * 1024 * 1024);
    const answer = await raw(emulator, { method: "PUT", key: "k", body, authorization: null });
    assert.deepEqual([answer.status, answer.code], [403, "AccessDenied"]);
    assert.equal(answer.headers.connection, "close");
    assert.deepEqual(emulator.objects(), []);
  });

  it("before its body is read, and a client that sends all of it first still finds the answer", async (t) => {
    const emulator = await withEmulator(t);
    const { host, hostname, port } = new URL(emulator.url);
    const socket = connect(Number(port), hostname).on("error", () => {});
    const body = Buffer.alloc(32 * 1024 * 1024);
    socket.write(`PUT /k HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n\r\n`);
    await new Promise((resolve) => socket.write(body, resolve));
    assert.match((await socket.toArray()).join(""), /^HTTP\/1.1 403 .*<Code>AccessDenied</s);
    assert.equal(emulator.requests[0]?.bytes, body.length);
  });

  it("by a HEAD's status alone", async (t) => {
    const emulator = await withEmulator(t);
    const answer = await raw(emulator, { method: "HEAD", key: "k", authorization: null });
    assert.deepEqual([answer.status, answer.text], [403, ""]);
    assert.ok(answer.headers["x-cos-request-id"]);
  });
});
