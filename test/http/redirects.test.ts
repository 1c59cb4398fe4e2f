import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATIONS, useHostile } from "../support/hostile.ts";
import { answer, serveHttp } from "../support/raw-server.ts";

for (const status of [
  "301 Moved Permanently",
  "302 Found",
  "307 Temporary Redirect",
  "308 Permanent Redirect",
]) {
  test(`a redirect (${status}) is never followed: nothing is sent to the other host`, async (t) => {
    let visits = 0;
    const other = await serveHttp(t, (_request, response) => {
      visits += 1;
      response.end();
    });
    const location = `${other.url}/k?uploadId=id`;
    const { client, requests } = await useHostile(t, answer(status, { Location: location }));
    for (const [name, call] of Object.entries(OPERATIONS)) {
      const code = `HTTP_${status.slice(0, 3)}`;
      await assert.rejects(call(client), { name: "CosServiceError", code, operation: name });
    }
    assert.equal(visits, 0);
    assert.equal(requests.length, Object.keys(OPERATIONS).length);
  });
}

test("the error of a redirect says where to, and that redirects are not followed", async (t) => {
  const location = "https://examplebucket-1250000000.cos.ap-seoul.myqcloud.com/k";
  const { client } = await useHostile(t, answer("301 Moved Permanently", { Location: location }));
  const head = client.headObject({ key: "k" });
  await assert.rejects(
    head,
    /redirected to examplebucket-1250000000\.cos\.ap-seoul\.myqcloud\.com.*"region"/,
  );
});

test("COS's own code of a redirect is kept", async (t) => {
  const body = "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>";
  const { client } = await useHostile(t, answer("301 Moved Permanently", {}, body));
  await assert.rejects(OPERATIONS.PutObject!(client), { code: "PermanentRedirect", statusCode: 301 });
});
