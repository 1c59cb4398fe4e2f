import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { assertHidden } from "../../support/canaries.ts";
import { until } from "../../support/ending.ts";
import { answer, onRequests, type RecordedRequest, serveSockets } from "../../support/raw-server.ts";
import { EXPIRES, fetchFrom, ROLE, useMetadata } from "./support.ts";

const NAMED = answer("200 OK", {}, "role");
const SECRETS = [ROLE.TmpSecretKey, ROLE.Token];

test("a role's keys come with their token and the time they end", async (t) => {
  const metadataEndpoint = await useMetadata(t, "role/with odd+name");
  assert.deepEqual(await fetchFrom({ metadataEndpoint }), {
    secretId: "AKIDrole",
    secretKey: "keyOfRole",
    securityToken: "tokenOfRole",
    expiresAt: new Date(EXPIRES * 1000),
  });
});

for (const [what, body] of Object.entries<unknown>({
  "a failure": { Code: "InternalError" },
  "no JSON": "<html>",
  "JSON that is no object": "null",
  "no secret key": { ...ROLE, TmpSecretKey: undefined },
  "no token": { ...ROLE, Token: undefined },
  "an empty secret id": { ...ROLE, TmpSecretId: "" },
  "a key with a line break": { ...ROLE, TmpSecretKey: `${ROLE.TmpSecretKey}\r\nx: y` },
  "no time of expiry": { ...ROLE, ExpiredTime: undefined },
})) {
  test(`a metadata service that answers with ${what} gives no keys, and says so`, async (t) => {
    const metadataEndpoint = await useMetadata(t, "role", body);
    await assert.rejects(fetchFrom({ metadataEndpoint }), (error: Error) => {
      assert.equal((error as { code?: string }).code, "ERR_COS_CREDENTIALS");
      assert.match(error.message, /for the role "role"/);
      assertHidden(error, SECRETS);
      return true;
    });
  });
}

test("no connection is kept to a service that would keep it", async (t) => {
  let open = 0;
  const { url } = await serveSockets(t, (socket) => {
    open += 1;
    socket.on("close", () => {
      open -= 1;
    });
    onRequests(socket, ({ requestLine }) => {
      const body = requestLine.includes("/role ") ? JSON.stringify(ROLE) : "role";
      socket.write(answer("200 OK", { "Keep-Alive": "timeout=600" }, body));
    });
  });
  await fetchFrom({ metadataEndpoint: url });
  await until(() => open === 0, "all connections closed");
});

/** A service that names a role, and answers the question for its keys in a way of its own. */
async function useOddMetadata(t: TestContext, first: string, second: string): Promise<string> {
  const { url } = await serveSockets(t, (socket) =>
    onRequests(socket, ({ requestLine }: RecordedRequest) => {
      const text = requestLine.includes("/role ") ? second : first;
      if (text !== "") socket.write(text);
    }),
  );
  return url;
}

const ENDLESS = `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(100_000)}`;

for (const [what, second] of Object.entries({
  "does not answer": "",
  "answers without an end": ENDLESS,
  "stops in the middle of its answer": answer("200 OK", { "Content-Length": "1000" }, "{"),
  "answers with status 500": answer("500 Internal Server Error", {}, JSON.stringify(ROLE)),
  redirects: answer("302 Found", { Location: "http://elsewhere.example/" }),
})) {
  test(`a metadata service that names a role and then ${what} is given up, and the error says which role`, async (t) => {
    const metadataEndpoint = await useOddMetadata(t, NAMED, second);
    await assert.rejects(fetchFrom({ metadataEndpoint }), (error: Error) => {
      assert.equal((error as { code?: string }).code, "ERR_COS_CREDENTIALS");
      assert.match(error.message, /for the role "role"/);
      assertHidden(error, SECRETS);
      return true;
    });
  });
}

for (const [what, first] of Object.entries({
  "does not answer": "",
  "answers without an end": ENDLESS,
  "answers with a page": answer("200 OK", {}, "<html>Welcome to the hotel</html>"),
  redirects: answer("302 Found", { Location: "http://elsewhere.example/" }),
  "answers with nothing": answer("200 OK"),
})) {
  test(`what ${what} in place of the metadata service means that this is no cloud server`, async (t) => {
    const metadataEndpoint = await useOddMetadata(t, first, "");
    await assert.rejects(fetchFrom({ metadataEndpoint }), { code: "ERR_COS_NO_CREDENTIALS" });
  });
}
