import assert from "node:assert/strict";
import { test } from "node:test";
import { CosClient, UploadStream } from "../../lib/index.ts";
import { assertHidden } from "../support/canaries.ts";
import "../support/leaks.ts";

const SECRET_ID = "AKIDcanaryOfTheSecretId";
const SECRET_KEY = "canaryOfTheSecretKey";
const TOKEN = "canaryOfTheSecurityToken";
const KEY = "canaryOfTheCustomersKey012345678";
const SECRETS = [SECRET_ID, SECRET_KEY, TOKEN, KEY];

const credentials = { secretId: SECRET_ID, secretKey: SECRET_KEY, securityToken: TOKEN };
const good = { bucket: "examplebucket-1250000000", region: "ap-beijing", credentials };
const ssec = { type: "SSE-C", key: Buffer.from(KEY) } as const;

const BAD: Readonly<Record<string, object>> = {
  "credentials that are a string": { credentials: `${SECRET_ID}:${SECRET_KEY}` },
  "a secretKey with a line break": { credentials: { ...credentials, secretKey: `${SECRET_KEY}\n` } },
  "a secretId with a space": { credentials: { ...credentials, secretId: ` ${SECRET_ID}` } },
  "a token that is an array": { credentials: { ...credentials, securityToken: [TOKEN] } },
  "credentials beside a signer": { signer: async () => ({}) },
  "an SSE-C key that is a string": { serverSideEncryption: { type: "SSE-C", key: KEY } },
  "an SSE-C key that is too long": { serverSideEncryption: { type: "SSE-C", key: Buffer.from(`${KEY}x`) } },
  "an SSE-C key in place of the encryption": { serverSideEncryption: KEY },
  "bytes in place of the encryption": { serverSideEncryption: Buffer.from(KEY) },
  "an SSE-C key as the type": { serverSideEncryption: { type: KEY } },
  "an SSE-C key over plain HTTP": { serverSideEncryption: ssec, endpoint: "http://a.example" },
  "a KMS context that is a string": { serverSideEncryption: { type: "SSE-KMS", context: KEY } },
  "an SSE-C key beside SSE-KMS": { serverSideEncryption: { type: "SSE-KMS", key: KEY } },
  "a password in the endpoint": { endpoint: `https://user:${SECRET_KEY}@a.example` },
  "a password with a slash in the endpoint": { endpoint: `https://user:x/${SECRET_KEY}@a.example` },
  "a password in an endpoint without slashes": { endpoint: `https:user:${SECRET_KEY}@a.example` },
  "a password in the endpoint of an accelerated bucket": {
    endpoint: `https://user:${SECRET_KEY}@a.example`,
    accelerate: true,
  },
  "another unknown option": { secretKey: SECRET_KEY },
};

for (const [what, options] of Object.entries(BAD)) {
  test(`a refusal of ${what} shows no secret`, () => {
    const construct = (): unknown => new UploadStream({ ...good, key: "k", ...options } as never);
    assert.throws(construct, (error: Error) => {
      assertHidden(error, SECRETS);
      return (error as { code?: string }).code === "ERR_COS_INVALID_OPTION";
    });
  });
}

test("a client and a stream show none of their secrets when they are printed", async () => {
  await using client = new CosClient(good);
  await using upload = client.createUploadStream({ key: "k", serverSideEncryption: ssec });
  assertHidden(client, SECRETS);
  assertHidden(upload, SECRETS);
  assertHidden(upload.stats(), SECRETS);
});
