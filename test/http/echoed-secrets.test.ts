import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { MockAgent } from "undici";
import type { CosClient, RetryEvent } from "../../lib/index.ts";
import { assertHidden } from "../support/canaries.ts";
import { AT_ONCE, useClient } from "../support/client.ts";
import { answer, onRequests, type RecordedRequest, serveSockets } from "../support/raw-server.ts";

const credentials = {
  secretId: "AKIDidentifierOfTheSecret",
  secretKey: "canaryOfTheSecretKey",
  securityToken: "canary/Of+The=Security&Token<0123456789>",
};
const customerKey = Buffer.from("canaryOfTheCustomersKey012345678");
const ssec = { type: "SSE-C", key: customerKey } as const;

/** All that must never show: the signature is different each time, so it is looked up in what was received. */
function secretsOf(requests: readonly RecordedRequest[]): string[] {
  const names = ["authorization", "x-cos-security-token", "x-cos-server-side-encryption-customer-key"];
  const sent = requests.flatMap(({ headers }) =>
    headers.filter(([name]) => names.includes(name.toLowerCase())),
  );
  const signatures = sent.flatMap(([, value]) => /q-signature=(\w+)/.exec(value)?.[1] ?? []);
  assert.equal(signatures.length, requests.length);
  return [
    credentials.secretId,
    credentials.secretKey,
    ...signatures,
    credentials.securityToken,
    customerKey.toString("base64"),
  ];
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const textOf = ({ requestLine, headers }: RecordedRequest): string =>
  [requestLine, ...headers.map(([name, value]) => `${name}: ${value}`)].join("\n");
const headerOf = (request: RecordedRequest, wanted: string): string =>
  request.headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? "";
const error = (fields: Record<string, string>): string =>
  `<Error>${Object.entries(fields)
    .map(([name, text]) => `<${name}>${escaped(text)}</${name}>`)
    .join("")}</Error>`;

/** Ways of a server, or of what stands before it, to quote the request that it got. */
const ECHOES: Readonly<Record<string, (request: RecordedRequest) => string>> = {
  "a page with the whole request": (request) => answer("502 Bad Gateway", {}, textOf(request)),
  "a page that is cut off within the token": (request) =>
    answer("400 Bad Request", {}, `${".".repeat(90)}${headerOf(request, "x-cos-security-token")}`),
  "a page that is cut off within the SSE-C key": (request) => {
    const key = headerOf(request, "x-cos-server-side-encryption-customer-key");
    return answer("400 Bad Request", {}, `${".".repeat(80)}${key}`);
  },
  "every field of an error": (request) => {
    const text = textOf(request);
    const names = ["Code", "Message", "Resource", "RequestId", "TraceId"];
    return answer("403 Forbidden", {}, error(Object.fromEntries(names.map((name) => [name, text]))));
  },
  "the headers of an error": (request) => {
    const token = headerOf(request, "x-cos-security-token");
    const headers = { "x-cos-request-id": token, "x-cos-trace-id": token, "x-cos-error-code": token };
    return answer("403 Forbidden", { ...headers, Location: `https://${token}` });
  },
  "the ETag and the CRC64": (request) => {
    const authorization = headerOf(request, "authorization");
    return answer("200 OK", { ETag: authorization, "x-cos-hash-crc64ecma": authorization });
  },
  "the content type of a page": (request) =>
    answer("200 OK", { "Content-Type": headerOf(request, "authorization") }, "<html/>"),
  "the token in a URL": (request) => {
    const token = headerOf(request, "x-cos-security-token");
    return answer("403 Forbidden", {}, `no: ${encodeURIComponent(token)}`);
  },
  "a page that escapes more than it must": (request) => {
    const text = ["x-cos-security-token", "x-cos-server-side-encryption-customer-key"]
      .map((name) => headerOf(request, name))
      .join(" ");
    const html = text.replace(/[^\w ]/g, (c) => `&#x${c.charCodeAt(0).toString(16).toUpperCase()};`);
    const json = JSON.stringify(text)
      .replaceAll("/", "\\/")
      .replace(/[<>&=+]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
    const Message = [html, json, encodeURIComponent(text)].join(" ");
    return answer("502 Bad Gateway", {}, error({ Code: "No", Message }));
  },
  "another case and encoding": (request) => {
    const token = headerOf(request, "x-cos-security-token");
    const key = Buffer.from(headerOf(request, "x-cos-server-side-encryption-customer-key"), "base64");
    const said = [
      token.toLowerCase(),
      Buffer.from(token).toString("base64"),
      key.toString("hex"),
      key.toString("latin1"),
    ];
    return answer("403 Forbidden", {}, error({ Code: "No", Message: said.join(" ") }));
  },
  "the signature by itself": (request) => {
    const [, signature = ""] = /q-signature=(\w+)/.exec(headerOf(request, "authorization"))!;
    return answer("403 Forbidden", {}, error({ Code: signature, Message: `not ${signature}` }));
  },
  "what is no HTTP": (request) => textOf(request),
  "a broken header": (request) => `HTTP/1.1 200 OK\r\n${headerOf(request, "authorization")}\r\n\r\n`,
};

async function useEcho(t: TestContext, echo: (request: RecordedRequest) => string) {
  const requests: RecordedRequest[] = [];
  const server = await serveSockets(t, (socket) =>
    onRequests(socket, (request) => {
      requests.push(request);
      socket.end(echo(request));
    }),
  );
  const retry = { maxAttempts: 2, ...AT_ONCE };
  return { requests, client: useClient(t, { endpoint: server.url, credentials, retry }) };
}

async function callsOf(client: CosClient): Promise<unknown[]> {
  const body = Buffer.from("[Object Part]");
  const upload = { key: "k", uploadId: "id", serverSideEncryption: ssec };
  const calls = [
    client.uploadPart({ ...upload, partNumber: 1, body }),
    client.initiateMultipartUpload({ key: "k", serverSideEncryption: ssec }),
    client.completeMultipartUpload({ ...upload, parts: [{ partNumber: 1, etag: "x" }] }),
  ];
  return await Promise.all(
    calls.map((call) =>
      call.then(
        () => assert.fail("it succeeded"),
        (reason) => reason,
      ),
    ),
  );
}

for (const [what, echo] of Object.entries(ECHOES)) {
  test(`secrets that a server quotes in ${what} show in no error`, async (t) => {
    const { client, requests } = await useEcho(t, echo);
    const errors = await callsOf(client);
    for (const reason of errors) assertHidden(reason, secretsOf(requests));
  });
}

test("secrets that a server quotes show in no event of a stream", async (t) => {
  const { client, requests } = await useEcho(t, ECHOES["a page with the whole request"]!);
  const upload = client.createUploadStream({ key: "k", serverSideEncryption: ssec });
  const retries: RetryEvent[] = [];
  const warnings: Error[] = [];
  upload.on("error", () => {});
  upload.on("retry", (event) => retries.push(event));
  upload.on("warning", (warning) => warnings.push(warning));
  upload.end(Buffer.from("x"));
  const failure = await upload.done.catch((reason) => reason);
  assert.ok(retries.length > 0);
  for (const shown of [failure, ...retries, ...warnings]) assertHidden(shown, secretsOf(requests));
});

test("what a signer of the caller's added shows in no error, under whatever name", async (t) => {
  const requests: RecordedRequest[] = [];
  const server = await serveSockets(t, (socket) =>
    onRequests(socket, (request) => {
      requests.push(request);
      socket.end(answer("403 Forbidden", {}, error({ Code: "No", Message: textOf(request) })));
    }),
  );
  const secrets = [
    "canary+of/a=ticket",
    "AWS4-HMAC-SHA256 Credential=canaryOfTheKey/x, Signature=canaryOfTheSignature",
  ];
  const signer = async () => ({ "X-Ticket": secrets[0]!, Authorization: secrets[1]! });
  const client = useClient(t, { endpoint: server.url, signer });
  const failure = await client.headObject({ key: "k" }).catch((reason) => reason);
  assert.equal(requests.length, 1);
  assertHidden(failure, [...secrets, "canaryOfTheKey/x", "canaryOfTheSignature"]);
});

test("what a dispatcher's error tells of the request shows in no error and none of its causes", async (t) => {
  const dispatcher = new MockAgent();
  t.after(() => dispatcher.close());
  dispatcher.disableNetConnect();
  const { origin } = new URL("http://127.0.0.1:9");
  // It matches the path and not the headers: undici's error then quotes all of them.
  dispatcher
    .get(origin)
    .intercept({ path: () => true, method: "HEAD", headers: { never: "there" } })
    .reply(200, "");
  const client = useClient(t, {
    endpoint: origin,
    credentials,
    dispatcher: dispatcher as never,
    retry: { maxAttempts: 1 },
  });
  const failure = await client.headObject({ key: "k", serverSideEncryption: ssec }).catch((reason) => reason);
  assert.equal(failure.code, "ERR_COS_NETWORK");
  assert.match(String(failure.cause), /headers/);
  assertHidden(failure, [
    credentials.secretId,
    credentials.secretKey,
    credentials.securityToken,
    customerKey.toString(),
  ]);
});
