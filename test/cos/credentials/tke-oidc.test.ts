import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { createUploadStream } from "../../../lib/index.ts";
import { VERSION } from "../../../lib/version.ts";
import { MIB, seededBytes } from "../../support/bytes.ts";
import { assertHidden } from "../../support/canaries.ts";
import { digestOf, storedDigest, useEmulator } from "../../support/emulator.ts";
import { answer, onRequests, serveSockets } from "../../support/raw-server.ts";
import { ASSUMED, chainOf, EXPIRES, fetchFrom, refusal, usePod, useSts } from "./support.ts";

const TOKEN = "canaryHeader.canaryPayload.canarySignature";
const SECRETS = [TOKEN, ASSUMED.Credentials.TmpSecretKey, ASSUMED.Credentials.Token];

test("a pod's token is exchanged for keys, with their token and the time they end", async (t) => {
  const env = await usePod(t, `${TOKEN}\n`);
  const sts = await useSts(t);
  assert.deepEqual(await fetchFrom({ env, stsEndpoint: sts.url }), {
    secretId: "AKIDpod",
    secretKey: "keyOfPod",
    securityToken: "tokenOfPod",
    expiresAt: new Date(EXPIRES * 1000),
  });
  const [{ line, headers, body }] = sts.calls as [(typeof sts.calls)[0]];
  assert.equal(line, "POST /");
  const { RoleSessionName, ...rest } = body;
  assert.match(String(RoleSessionName), /^[\w+=,.@-]{2,128}$/);
  assert.deepEqual(rest, {
    ProviderId: "cls-example",
    WebIdentityToken: TOKEN,
    RoleArn: "qcs::cam::uin/100000000001:roleName/uploader",
    DurationSeconds: 7200,
  });
  const told = {
    "x-tc-action": "AssumeRoleWithWebIdentity",
    "x-tc-version": "2018-08-13",
    "x-tc-region": "ap-beijing",
    authorization: "SKIP",
    "content-type": "application/json",
    "user-agent": `cos-upload-stream/${VERSION}`,
  };
  for (const [name, value] of Object.entries(told)) assert.equal(headers[name], value);
  assert.match(String(headers["x-tc-timestamp"]), /^\d{10}$/);
});

test("the token is read anew for each exchange, as Kubernetes renews its file", async (t) => {
  const env = await usePod(t, "first");
  const sts = await useSts(t);
  const chain = chainOf({ env, stsEndpoint: sts.url });
  await chain({ refresh: false });
  await writeFile(env.TKE_WEB_IDENTITY_TOKEN_FILE!, "second");
  await chain({ refresh: false });
  assert.deepEqual(
    sts.calls.map(({ body }) => body.WebIdentityToken),
    ["first", "second"],
  );
});

test("an upload renews a pod's keys when they are refused, and goes on", async (t) => {
  const { secretId, secretKey } = { secretId: "AKIDpod", secretKey: "keyOfPod" };
  const securityToken = "tokenOfPod";
  const emulator = await useEmulator(t, { credentials: { secretId, secretKey, securityToken } });
  const old = { ...ASSUMED.Credentials, Token: "oldToken" };
  const sts = await useSts(t, { ...ASSUMED, Credentials: old }, ASSUMED);
  emulator.faults.add({ operation: "InitiateMultipartUpload", fault: { kind: "expired-token" } });
  const credentials = chainOf({ env: await usePod(t), stsEndpoint: sts.url });
  const bytes = seededBytes(3 * MIB);
  const upload = createUploadStream({ ...emulator.target, credentials, key: "k", partSize: MIB });
  upload.end(bytes);
  await upload.done;
  assert.equal(await storedDigest(emulator, "k"), digestOf(bytes));
  assert.equal(sts.calls.length, 2);
});

for (const missing of ["TKE_REGION", "TKE_PROVIDER_ID", "TKE_ROLE_ARN", "TKE_WEB_IDENTITY_TOKEN_FILE"]) {
  for (const [how, value] of Object.entries({ missing: undefined, blank: " " })) {
    test(`${missing} that is ${how} beside the other three is an error that names it`, async (t) => {
      const { calls, url } = await useSts(t);
      const env = { ...(await usePod(t)), [missing]: value };
      const message = new RegExp(`set, but not ${missing};`);
      await assert.rejects(fetchFrom({ env, stsEndpoint: url }), { code: "ERR_COS_CREDENTIALS", message });
      assert.equal(calls.length, 0);
    });
  }
}

for (const [what, more, message] of [
  ["a region that would end its header", { TKE_REGION: "ap\r\nX-A: b" }, /TKE_REGION/],
  ["a token file that is not there", { TKE_WEB_IDENTITY_TOKEN_FILE: "/nonexistent/x" }, /nonexistent\/x/],
] as const) {
  test(`${what} is an error, and nothing is sent`, async (t) => {
    const { calls, url } = await useSts(t);
    const asked = fetchFrom({ env: { ...(await usePod(t)), ...more }, stsEndpoint: url });
    await assert.rejects(asked, { code: "ERR_COS_CREDENTIALS", message });
    assert.equal(calls.length, 0);
  });
}

test("a token file without a token is an error, and nothing is sent", async (t) => {
  const { calls, url } = await useSts(t);
  const asked = fetchFrom({ env: await usePod(t, " \n"), stsEndpoint: url });
  await assert.rejects(asked, { code: "ERR_COS_CREDENTIALS", message: /no token in/ });
  assert.equal(calls.length, 0);
});

for (const [what, reply, message, calls = 1] of [
  [
    "a refusal",
    refusal("InvalidParameter.WebIdentityTokenError", "expired"),
    /WebIdentityTokenError: expired/,
  ],
  ["a refusal that quotes the token", refusal("AuthFailure", `no: "${TOKEN}"`), /AuthFailure: no: "\*{3}"/],
  ["a refusal that says nothing", { Error: null }, /Service/],
  ["no keys", { RequestId: "x" }, /has no secretId/],
  [
    "keys without a token",
    { ...ASSUMED, Credentials: { ...ASSUMED.Credentials, Token: "" } },
    /securityToken/,
  ],
  ["no time of expiry", { ...ASSUMED, ExpiredTime: undefined }, /expiresAt/],
  ["no JSON", "<html>", /has no secretId/],
  ["JSON that is no object", "7", /has no secretId/],
  ["a redirect", { status: 302 }, /see the cause/, 3],
  ["a failure of its own", { status: 500 }, /see the cause/, 3],
] as [string, object | string, RegExp, number?][]) {
  test(`${what} of the Security Token Service is an error without secrets, after ${calls} calls`, async (t) => {
    const env = await usePod(t, TOKEN);
    const sts = await useSts(t, reply);
    await assert.rejects(fetchFrom({ env, stsEndpoint: sts.url }), (error: Error) => {
      assert.equal((error as { code?: string }).code, "ERR_COS_CREDENTIALS");
      assert.match(error.message, message);
      assertHidden(error, SECRETS);
      return true;
    });
    assert.equal(sts.calls.length, calls);
  });
}

test("a refusal of any length is told in a sentence", async (t) => {
  const sts = await useSts(t, refusal("AuthFailure", "no ".repeat(10_000)));
  await assert.rejects(fetchFrom({ env: await usePod(t), stsEndpoint: sts.url }), (error: Error) => {
    assert.ok(error.message.length < 700, String(error.message.length));
    return true;
  });
});

test("what passes is asked again: too many calls, failures inside the service", async (t) => {
  const limited = refusal("RequestLimitExceeded", "too many");
  const sts = await useSts(t, limited, refusal("InternalError.SystemError", "x"), ASSUMED);
  const { secretId } = await fetchFrom({ env: await usePod(t), stsEndpoint: sts.url });
  assert.deepEqual([secretId, sts.calls.length], ["AKIDpod", 3]);
});

for (const [what, text] of Object.entries({
  "an answer without an end": `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(100_000)}`,
  "an answer that is cut off": answer("200 OK", { "Content-Length": "1000" }, '{"Response":'),
  "the token, quoted in what is no HTTP": TOKEN,
})) {
  test(`${what} is given up, without secrets`, async (t) => {
    const env = await usePod(t, TOKEN);
    let calls = 0;
    const { url } = await serveSockets(t, (socket) =>
      onRequests(socket, () => {
        calls += 1;
        socket.end(text);
      }),
    );
    await assert.rejects(fetchFrom({ env, stsEndpoint: url }), (error: Error) => {
      assert.equal((error as { code?: string }).code, "ERR_COS_CREDENTIALS");
      assertHidden(error, SECRETS);
      return true;
    });
    assert.equal(calls, 3);
  });
}
