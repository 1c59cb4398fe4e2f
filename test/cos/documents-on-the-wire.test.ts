import assert from "node:assert/strict";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { Agent } from "undici";
import { CosClient, type ServerSideEncryption } from "../../lib/index.ts";
import { asBytes, authorizationFields, examplesOf, type PrintedExample } from "../support/documents.ts";
import { onRequests, type RecordedRequest, serveSockets } from "../support/raw-server.ts";

const ENCRYPTIONS: readonly (ServerSideEncryption | undefined)[] = [
  undefined,
  { type: "SSE-COS" },
  { type: "SSE-KMS" },
  { type: "SSE-C", key: Buffer.from("0123456789ABCDEF0123456789ABCDEF") },
];

const examples = examplesOf("upload-part.ko.md");

/**
 * A client of the document's bucket, whose connections all end at a server that answers with the document's bytes; it records
 * what it gets exactly as it comes.
 */
async function clientOf(t: TestContext, example: PrintedExample) {
  const requests: RecordedRequest[] = [];
  const server = await serveSockets(t, (socket) =>
    onRequests(socket, (request) => {
      requests.push(request);
      socket.end(asBytes(example.response), "latin1");
    }),
  );
  const dispatcher = new Agent({
    connect: (_options, callback) => {
      const socket = connect(server.port, "127.0.0.1", () => callback(null, socket));
    },
  });
  t.after(() => dispatcher.close());
  const client = new CosClient({
    bucket: "examplebucket-1250000000",
    region: "ap-beijing",
    credentials: { secretId: "AKID8A0fBVtYFrNm02oY1g1JQQF0c3JO****", secretKey: "secret" },
    retry: { maxAttempts: 1 },
    dispatcher,
  });
  t.after(() => client.close());
  return { client, requests };
}

function paramsOf({ request }: PrintedExample, encryption: ServerSideEncryption | undefined) {
  const uploadId = /uploadId=(\w+)/.exec(request.startLine)![1]!;
  return {
    key: "exampleobject",
    uploadId,
    partNumber: 1,
    body: Buffer.from(request.body),
    serverSideEncryption: encryption,
  };
}

function withoutTimes(authorization: string): Record<string, string | string[]> {
  const fields = authorizationFields(authorization);
  for (const name of ["q-sign-time", "q-key-time", "q-signature"]) delete fields[name];
  return fields;
}

function lowered(headers: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
}

for (const index of [1, 2, 3]) {
  const example = examples[index]!;
  const encryption = ENCRYPTIONS[index];

  test(`example ${index + 1} (${encryption!.type}) goes over the wire as the document prints it`, async (t) => {
    const { client, requests } = await clientOf(t, example);
    const receipt = await client.uploadPart(paramsOf(example, encryption));
    const [sent] = requests;
    assert.equal(requests.length, 1);
    assert.equal(sent!.requestLine, example.request.startLine);
    assert.equal(sent!.body.toString(), example.request.body);
    // The document's names (in whatever case) and values, with another time and signature; and a User-Agent, not signed.
    const { authorization, date, connection: _, "user-agent": agent, ...headers } = lowered(sent!.headers);
    const {
      authorization: printed,
      date: __,
      connection: ___,
      ...expected
    } = lowered(Object.entries(example.request.headers));
    assert.deepEqual(headers, expected);
    assert.match(agent!, /^cos-upload-stream\//);
    assert.equal(new Date(date!).toUTCString(), date);
    assert.deepEqual(withoutTimes(authorization!), withoutTimes(printed!));
    assert.equal(receipt.etag, example.response.headers.ETag);
    assert.equal(receipt.crc64, example.response.headers["x-cos-hash-crc64ecma"]);
    assert.equal(receipt.requestId, example.response.headers["x-cos-request-id"]);
    assert.equal(receipt.md5, example.request.headers["Content-MD5"]);
    assert.deepEqual([receipt.partNumber, receipt.size, receipt.attempts], [1, 13, 1]);
  });
}

test("the document's answer is refused for other bytes of the same length", async (t) => {
  const { client } = await clientOf(t, examples[1]!);
  const params = { ...paramsOf(examples[1]!, ENCRYPTIONS[1]), body: Buffer.from("[Object part]") };
  await assert.rejects(client.uploadPart(params), {
    code: "ERR_COS_INTEGRITY",
    actual: "4510578591875220731",
  });
});

test("a header is never sent twice, and none but the known ones is sent", async (t) => {
  const { client, requests } = await clientOf(t, examples[3]!);
  await client.uploadPart(paramsOf(examples[3]!, ENCRYPTIONS[3]));
  const names = requests[0]!.headers.map(([name]) => name.toLowerCase());
  assert.deepEqual([...new Set(names)], names);
  const known = [...Object.keys(examples[3]!.request.headers), "User-Agent"].map((name) =>
    name.toLowerCase(),
  );
  assert.deepEqual(names.toSorted(), known.toSorted());
});

test("the English example's answer, old as it is, is a receipt over the wire too", async (t) => {
  const [example] = examplesOf("upload-part.en.txt");
  const { client } = await clientOf(t, example!);
  const { etag, requestId } = await client.uploadPart(paramsOf(example!, undefined));
  assert.equal(etag, '"e1e5b4965bc7d30880ed6d226f78a5390f1c09fc"');
  assert.equal(requestId, "NTg3ZjI0NzlfOWIxZjRlXzZmNGJfMWYy");
});
