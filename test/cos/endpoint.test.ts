import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveEndpoint } from "../../lib/cos/endpoint.ts";

const place = { bucket: "examplebucket-1250000000", region: "ap-beijing" };

for (const [what, options, origin] of [
  ["by default", {}, "https://examplebucket-1250000000.cos.ap-beijing.myqcloud.com"],
  ["accelerated", { accelerate: true }, "https://examplebucket-1250000000.cos.accelerate.myqcloud.com"],
  ["internal", { internal: true }, "https://examplebucket-1250000000.cos-internal.ap-beijing.tencentcos.cn"],
  [
    "internal and accelerated",
    { internal: true, accelerate: true },
    "https://examplebucket-1250000000.cos-internal.accelerate.tencentcos.cn",
  ],
  [
    "not accelerated",
    { accelerate: false, internal: false },
    "https://examplebucket-1250000000.cos.ap-beijing.myqcloud.com",
  ],
  [
    "by a template",
    { endpoint: "https://{bucket}.cos.{region}.tencentcos.cn" },
    "https://examplebucket-1250000000.cos.ap-beijing.tencentcos.cn",
  ],
  ["by a domain of one's own", { endpoint: "https://files.example.com/" }, "https://files.example.com"],
] as const) {
  test(`the host of a bucket ${what}`, () => {
    const endpoint = resolveEndpoint({ ...place, ...options });
    const { host } = new URL(origin);
    assert.deepEqual(endpoint, { origin, host, secure: true, loopback: false });
  });
}

test("the port is in the Host header unless it is the scheme's own", () => {
  const hostOf = (endpoint: string): string => resolveEndpoint({ ...place, endpoint }).host;
  assert.equal(hostOf("http://127.0.0.1:9000"), "127.0.0.1:9000");
  assert.equal(hostOf("http://a.example:80"), "a.example");
  assert.equal(hostOf("https://a.example:443"), "a.example");
  assert.equal(hostOf("https://a.example:80"), "a.example:80");
  assert.equal(hostOf("http://[::1]:9000"), "[::1]:9000");
});

test("this machine is told from hosts that only look like it", () => {
  const isLoopback = (host: string): boolean =>
    resolveEndpoint({ ...place, endpoint: `http://${host}` }).loopback;
  for (const host of ["localhost", "127.0.0.1", "127.8.9.10:1", "[::1]", "2130706433", "LOCALHOST"]) {
    assert.equal(isLoopback(host), true, host);
  }
  for (const host of ["localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "[::2]", "127.0.0.1a"]) {
    assert.equal(isLoopback(host), false, host);
  }
});
