import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, type TestContext, test } from "node:test";
import type { Emulator } from "../../../lib/emulator/index.ts";
import { CosClient, createUploadStream } from "../../../lib/index.ts";
import { useBrowser } from "../../support/browser.ts";
import { MIB, seededBytes } from "../../support/bytes.ts";
import { useEmulator } from "../../support/emulator.ts";

const HOSTILE_KEY = '<img src=x onerror="document.title=1">/备份.html';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What a client may send that is not a browser. */
interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

async function ask(url: string, { method = "GET", headers = {}, body }: Asked = {}): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: text }),
      );
    });
    request.on("error", reject).end(body);
  });
}

/** Objects, an unfinished upload of two parts, and a request whose signature is wrong. */
async function useBusyEmulator(t: TestContext): Promise<Emulator & { readonly consoleUrl: string }> {
  const emulator = await useEmulator(t, { consolePort: 0, orphans: 1 });
  const { target } = emulator;
  await pipeline(
    Readable.from([seededBytes(3 * MIB)]),
    createUploadStream({ ...target, key: "a.bin", partSize: MIB, contentType: "application/x-tar" }),
  );
  const client = new CosClient(target);
  t.after(() => client.close());
  await client.putObject({
    key: HOSTILE_KEY,
    body: Buffer.from("<script>1</script>"),
    contentType: "text/html",
  });
  const { uploadId } = await client.initiateMultipartUpload({ key: "unfinished.bin" });
  for (const partNumber of [1, 2]) {
    await client.uploadPart({
      key: "unfinished.bin",
      uploadId,
      partNumber,
      body: seededBytes(MIB, partNumber),
    });
  }
  const stranger = new CosClient({ ...target, credentials: { ...target.credentials, secretKey: "wrong" } });
  t.after(() => stranger.close());
  await assert.rejects(stranger.headObject({ key: "a.bin" }));
  await assert.rejects(stranger.putObject({ key: "b.bin", body: Buffer.from("b") }));
  return emulator as Emulator & { consoleUrl: string };
}

describe("The console", () => {
  test("is not there unless it is asked for", async (t) => {
    const emulator = await useEmulator(t);
    assert.equal(emulator.consoleUrl, undefined);
  });

  test("shows objects, unfinished uploads with their parts, and requests", async (t) => {
    const emulator = await useBusyEmulator(t);
    const { body } = await ask(`${emulator.consoleUrl}state`);
    const state = JSON.parse(body);
    assert.deepEqual(
      state.objects.rows.map((row: { key: string; size: number; type: string }) => [
        row.key,
        row.size,
        row.type,
      ]),
      [
        [HOSTILE_KEY, 18, "text/html"],
        ["a.bin", 3 * MIB, "application/x-tar"],
      ],
    );
    assert.equal(state.objects.rows[1].crc64, emulator.object("a.bin")!.crc64);
    const [upload] = state.uploads.rows;
    assert.deepEqual(
      [
        upload.key,
        upload.parts.map((part: { partNumber: number; size: number }) => [part.partNumber, part.size]),
      ],
      [
        "unfinished.bin",
        [
          [1, MIB],
          [2, MIB],
        ],
      ],
    );
    assert.equal(state.requests.total, emulator.requests.length);
    const [last] = state.requests.rows;
    assert.deepEqual(
      [last.operation, last.statusCode, last.code],
      ["PutObject", 403, "SignatureDoesNotMatch"],
    );
  });

  test("shows beside a wrong signature what the server signed, and what came", async (t) => {
    const emulator = await useBusyEmulator(t);
    const state = JSON.parse((await ask(`${emulator.consoleUrl}state`)).body);
    const { refusal } = state.requests.rows[0];
    assert.match(refusal.details.FormatString, /^put\n\/b\.bin\n\n/);
    assert.match(refusal.details.StringToSign, /^sha1\n\d+;\d+\n[\da-f]{40}\n$/);
    assert.match(refusal.received, /^q-sign-algorithm=sha1&q-ak=AKID.*&q-signature=[\da-f]{40}$/);
  });

  test("never shows the secret key", async (t) => {
    const emulator = await useBusyEmulator(t);
    for (const path of ["", "state"]) {
      const { body } = await ask(emulator.consoleUrl + path);
      assert.ok(!body.includes(emulator.target.credentials.secretKey));
    }
  });

  test("gives an object as a file to download, and as nothing that a browser would run", async (t) => {
    const emulator = await useBusyEmulator(t);
    const { bucket } = emulator.target;
    const query = new URLSearchParams({ bucket, key: HOSTILE_KEY });
    const answer = await ask(`${emulator.consoleUrl}object?${query}`);
    assert.equal(answer.body, "<script>1</script>");
    assert.equal(answer.headers["content-type"], "application/octet-stream");
    assert.match(String(answer.headers["content-disposition"]), /^attachment; filename\*=UTF-8''%E5%A4%87/);
    assert.equal(answer.headers["content-security-policy"], "sandbox");
    const missing = new URLSearchParams({ bucket, key: "missing" });
    assert.equal((await ask(`${emulator.consoleUrl}object?${missing}`)).status, 404);
  });

  test("switches a fault on and off while a program runs", async (t) => {
    const emulator = await useBusyEmulator(t);
    const headers = { "x-cos-console": "1" };
    const rule = { operation: "HeadObject", times: null, fault: { kind: "error", statusCode: 404 } };
    const added = await ask(`${emulator.consoleUrl}faults`, {
      method: "POST",
      headers,
      body: JSON.stringify(rule),
    });
    assert.equal(added.status, 201);
    const client = new CosClient({ ...emulator.target, retry: { maxAttempts: 1 } });
    t.after(() => client.close());
    for (let n = 0; n < 3; n++)
      await assert.rejects(client.headObject({ key: "a.bin" }), { statusCode: 404 });
    const [fault] = JSON.parse((await ask(`${emulator.consoleUrl}state`)).body).faults;
    assert.deepEqual([fault.hits, fault.times, fault.operation], [3, null, "HeadObject"]);
    await ask(`${emulator.consoleUrl}faults/${fault.id}`, { method: "DELETE", headers });
    assert.equal((await client.headObject({ key: "a.bin" })).size, 3 * MIB);
  });

  test("refuses a fault that makes no sense, and says why", async (t) => {
    const emulator = await useEmulator(t, { consolePort: 0 });
    const headers = { "x-cos-console": "1" };
    for (const body of ['{"fault":{"kind":"nothing"}}', "not JSON", "[]", '{"fault":{"kind":"latency"}}']) {
      const { status, body: answer } = await ask(`${emulator.consoleUrl}faults`, {
        method: "POST",
        headers,
        body,
      });
      assert.equal(status, 400, body);
      assert.ok(JSON.parse(answer).message.length > 10);
    }
    assert.equal(emulator.faults.rules.length, 0);
  });
});

describe("A page of another site", () => {
  for (const [what, asked] of Object.entries<Asked>({
    "by a form": {
      method: "POST",
      headers: { "content-type": "text/plain" },
      body: '{"fault":{"kind":"no-etag"}}',
    },
    "through a name that leads to this machine": {
      method: "POST",
      headers: { "x-cos-console": "1", host: "attacker.example" },
      body: '{"fault":{"kind":"no-etag"}}',
    },
  })) {
    test(`cannot switch a fault ${what}`, async (t) => {
      const emulator = await useEmulator(t, { consolePort: 0 });
      assert.equal((await ask(`${emulator.consoleUrl}faults`, asked)).status, 404);
      assert.equal(emulator.faults.rules.length, 0);
    });
  }

  test("is not answered when it asks whether it may", async (t) => {
    const emulator = await useEmulator(t, { consolePort: 0 });
    const headers = { origin: "https://attacker.example", "access-control-request-method": "POST" };
    const answer = await ask(`${emulator.consoleUrl}faults`, { method: "OPTIONS", headers });
    assert.equal(answer.status, 404);
    assert.equal(answer.headers["access-control-allow-origin"], undefined);
  });

  test("cannot guess the address", async (t) => {
    const emulator = await useEmulator(t, { consolePort: 0 });
    const { origin } = new URL(emulator.consoleUrl!);
    for (const path of ["/", "/state", "//state", "/x/state"])
      assert.equal((await ask(origin + path)).status, 404);
  });

  test("cannot show the console in a frame, nor load scripts into it", async (t) => {
    const emulator = await useEmulator(t, { consolePort: 0 });
    const policy = String((await ask(emulator.consoleUrl!)).headers["content-security-policy"]);
    assert.match(policy, /^default-src 'none'; script-src 'nonce-[\w-]+'/);
    assert.match(policy, /frame-ancestors 'none'/);
  });
});

test("A port that is taken is an error, and the emulator is closed", async (t) => {
  const first = await useEmulator(t, { consolePort: 0 });
  const consolePort = Number(new URL(first.consoleUrl!).port);
  await assert.rejects(useEmulator(t, { consolePort }), { code: "EADDRINUSE" });
});

test("In a browser the page shows all of it, runs nothing of a key, and works by keyboard", async (t) => {
  const browser = await useBrowser(t);
  if (browser === undefined) return;
  const emulator = await useBusyEmulator(t);
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await browser.newPage({ colorScheme });
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => {
      // Answers that are no success are told here too: a missing icon, a fault that makes no sense.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        problems.push(message.text());
    });
    await page.goto(emulator.consoleUrl);
    await page.getByRole("link", { name: HOSTILE_KEY }).waitFor();
    assert.equal(await page.title(), "COS emulator");

    // By keyboard alone: the reason of a refused request, and the parts of an upload.
    await page.getByText("Why SignatureDoesNotMatch").first().focus();
    await page.keyboard.press("Enter");
    await page.getByText("String to sign that the server built from it").first().waitFor();
    await page.getByText("unfinished.bin — 2 parts").focus();
    await page.keyboard.press("Space");
    await page.getByRole("cell", { name: "1.0 MiB" }).first().waitFor();

    await page.getByLabel("Fault", { exact: true }).selectOption("error");
    await page.getByLabel("statusCode").fill("999");
    await page.getByRole("button", { name: "Switch on" }).press("Enter");
    await page.getByRole("alert").filter({ hasText: "fault.statusCode" }).waitFor();
    await page.getByLabel("statusCode").fill("500");
    await page.getByRole("button", { name: "Switch on" }).press("Enter");
    const off = page.getByRole("button", { name: "Switch off error for any operation" });
    await off.waitFor();
    assert.equal(emulator.faults.rules.length, 1);
    await off.press("Enter");
    await off.waitFor({ state: "detached" });
    assert.equal(emulator.faults.rules.length, 0);
    // What is open stays open while the page goes on being refreshed.
    assert.ok(await page.getByText("String to sign that the server built from it").first().isVisible());
    assert.deepEqual(problems, []);
    await page.close();
  }
});
