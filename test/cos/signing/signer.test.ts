import assert from "node:assert/strict";
import { test } from "node:test";
import { CosClock } from "../../../lib/cos/signing/clock.ts";
import { CosServiceError } from "../../../lib/errors.ts";
import { type CustomSigner, createUploadStream, type SignableRequest } from "../../../lib/index.ts";
import { sign } from "../../emulator/support.ts";
import { MIB, seededBytes } from "../../support/bytes.ts";
import { AT_ONCE, KEYS, useClient } from "../../support/client.ts";
import { digestOf, storedDigest, useEmulator } from "../../support/emulator.ts";
import { GOOD, OPERATIONS, useHostile } from "../../support/hostile.ts";
import { answer } from "../../support/raw-server.ts";

test("a signer gets everything that goes on the wire, and a signature that another program made is accepted", async (t) => {
  const emulator = await useEmulator(t);
  const { bucket, region, endpoint } = emulator.target;
  const asked: SignableRequest[] = [];
  const signer: CustomSigner = async (request) => {
    asked.push(request);
    const { method, key, query, headers } = request;
    return { Authorization: sign(emulator, { method, key, query, headers }) };
  };
  const bytes = seededBytes(MIB + 1);
  const key = "a b/名+!'()*";
  const upload = createUploadStream({ bucket, region, endpoint, signer, key, partSize: MIB });
  upload.end(bytes);
  await upload.done;
  assert.equal(await storedDigest(emulator, key), digestOf(bytes));
  assert.deepEqual(
    asked.map(({ method, path, host, origin }) => [method, path, host, origin]),
    emulator.requests.map(({ method, path, headers }) => [method, path, headers.host, endpoint]),
  );
});

const unsigned = { credentials: undefined };

for (const [what, signer] of Object.entries<CustomSigner>({
  "throws at once": () => {
    throw new Error("no key");
  },
  rejects: async () => await Promise.reject(new Error("no key")),
})) {
  test(`a signer that ${what} ends the call with its error as the cause, and nothing is sent`, async (t) => {
    const { client, requests } = await useHostile(t, answer("200 OK", GOOD), { ...unsigned, signer });
    await assert.rejects(OPERATIONS.UploadPart!(client), (error: Error) => {
      assert.equal((error as { code?: string }).code, "ERR_COS_SIGNER");
      assert.match(String(error.cause), /no key/);
      return true;
    });
    assert.equal(requests.length, 0);
  });
}

for (const [what, headers] of Object.entries<unknown>({
  nothing: undefined,
  null: null,
  "a text": "q-sign-algorithm=sha1",
  "a header that is no text": { Authorization: 5 },
  "a header without a value": { Authorization: undefined },
  "a header with a line break": { Authorization: "canaryOfTheSigner\r\nx-cos-acl: public-read" },
  "a name with a space": { "Author ization": "canaryOfTheSigner" },
})) {
  test(`a signer that returns ${what} is told so, once, and nothing is sent`, async (t) => {
    const signer = (async () => headers) as unknown as CustomSigner;
    const { client, requests } = await useHostile(t, answer("200 OK", GOOD), { ...unsigned, signer });
    await assert.rejects(OPERATIONS.UploadPart!(client), (error: Error) => {
      assert.equal((error as { code?: string }).code, "ERR_COS_SIGNER");
      assert.ok(!error.message.includes("canary"));
      return true;
    });
    assert.equal(requests.length, 0);
  });
}

test("a signer is asked again after its signature expired", async (t) => {
  let asked = 0;
  const signer = async (): Promise<Record<string, string>> => ({ Authorization: `signature ${++asked}` });
  const expired = answer("400 Bad Request", {}, "<Error><Code>ExpiredToken</Code></Error>");
  const { client } = await useHostile(
    t,
    (socket, _request, number) => void socket.end(number === 1 ? expired : answer("200 OK", GOOD)),
    { ...unsigned, signer, retry: { maxAttempts: 1 } },
  );
  await OPERATIONS.UploadPart!(client);
  assert.equal(asked, 2);
});

test("a signer is not asked again after a refusal that does not speak of signatures", async (t) => {
  let asked = 0;
  const signer = async (): Promise<Record<string, string>> => ({ Authorization: `signature ${++asked}` });
  const { client } = await useHostile(t, answer("403 Forbidden"), { ...unsigned, signer });
  await assert.rejects(client.headObject({ key: "k" }), { code: "HTTP_403" });
  assert.equal(asked, 1);
});

test("temporary keys are sent with their token, which is signed", async (t) => {
  const securityToken = "token/+=";
  const credentials = { ...KEYS, securityToken };
  const emulator = await useEmulator(t, { credentials });
  const client = useClient(t, { ...emulator.target, retry: AT_ONCE });
  await client.putObject({ key: "k", body: Buffer.from("x") });
  const { headers } = emulator.requests[0]!;
  assert.equal(headers["x-cos-security-token"], securityToken);
  assert.match(headers.authorization!, /q-header-list=[^&]*;x-cos-security-token&/);
});

test("every header but those that proxies change is signed, and every parameter", async (t) => {
  const emulator = await useEmulator(t, { orphans: 1 });
  const client = useClient(t, emulator.target);
  await client.initiateMultipartUpload({ key: "k", acl: "private", metadata: { a: "b" } });
  const { headers } = emulator.requests[0]!;
  const list = /q-header-list=([^&]*)/.exec(headers.authorization!)![1]!.split(";");
  const unsignedNames = ["authorization", "connection", "user-agent"];
  assert.deepEqual(
    list,
    Object.keys(headers)
      .filter((name) => !unsignedNames.includes(name))
      .sort(),
  );
  assert.match(headers.authorization!, /q-url-param-list=uploads&/);
});

const refusal = (serverTime: number): CosServiceError =>
  new CosServiceError("RequestTimeTooSkewed", "x", { statusCode: 403, operation: "UploadPart", serverTime });

test("the clock follows a server that is far off, and stays where it is for one that is near", () => {
  let now = 1_000_000;
  const clock = new CosClock(() => now);
  assert.equal(clock.correct(refusal(now + 29_999).serverTime!, clock.offset), false);
  assert.equal(clock.now(), now);
  assert.equal(clock.correct(now + 3_600_000, 0), true);
  now += 500;
  assert.equal(clock.now(), now + 3_600_000);
});

test("requests that were signed before the clock was corrected are signed again, those after are not", () => {
  const clock = new CosClock(() => 0);
  assert.equal(clock.correct(3_600_000, 0), true);
  assert.equal(clock.correct(3_600_500, 0), true);
  assert.equal(clock.correct(3_600_500, clock.offset), false);
  assert.equal(clock.offset, 3_600_000);
});
