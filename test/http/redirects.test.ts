import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, recordEnding } from "../support/ending.ts";
import { OPERATIONS, useHostile } from "../support/hostile.ts";
import { answer, serveSockets } from "../support/raw-server.ts";

for (const status of [
  "300 Multiple Choices",
  "301 Moved Permanently",
  "302 Found",
  "303 See Other",
  "305 Use Proxy",
  "307 Temporary Redirect",
  "308 Permanent Redirect",
]) {
  test(`a redirect (${status}) is never followed: nothing is sent to the other host`, async (t) => {
    let visits = 0;
    // Not even a connection may be made.
    const other = await serveSockets(t, (socket) => {
      visits += 1;
      socket.destroy();
    });
    const location = `${other.url}/k?uploadId=id`;
    const elsewhere = {
      Location: location,
      "Content-Location": location,
      Refresh: `0; url=${location}`,
      "Alt-Svc": `http/1.1="127.0.0.1:${other.port}"`,
    };
    const { client, requests } = await useHostile(t, answer(status, elsewhere));
    for (const [name, call] of Object.entries(OPERATIONS)) {
      const code = `HTTP_${status.slice(0, 3)}`;
      await assert.rejects(call(client), { name: "CosServiceError", code, operation: name });
    }
    assert.equal(requests.length, Object.keys(OPERATIONS).length);
    const ending = recordEnding(client.createUploadStream({ key: "k" }).end("x"));
    assert.equal((await failure(ending)).code, `HTTP_${status.slice(0, 3)}`);
    assert.equal(visits, 0);
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
