import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { UPLOAD_OPTIONS } from "../lib/options/upload-options.ts";
import { seededBytes } from "./support/bytes.ts";
import { digestOf, storedDigest, useEmulator } from "./support/emulator.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const readme = await readFile(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);

test("the README has the code that these tests run", () => {
  assert.equal(blocks.length, 4);
});

for (const [index, code] of blocks.entries()) {
  const title = /createUploadStream|PartTransform|startEmulator/.exec(code.replace(/^import.*/gm, ""))?.[0];
  test(`the README's block ${index + 1} (${title}) runs as it stands`, async (t) => {
    const emulator = await useEmulator(t);
    const bytes = seededBytes(9 * 1024 * 1024 + 1);
    // Below the project, so that the block finds the package, as `npm test` has built it, by its name.
    const folder = await mkdtemp(join(root, "test", ".readme-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, "big.tar"), bytes);
    // The one change: where the bucket is.
    const local = code.replace('region: "ap-beijing"', `region: "ap-beijing", endpoint: "${emulator.url}"`);
    await writeFile(join(folder, "block.mjs"), local);
    const { secretId, secretKey } = emulator.target.credentials;
    const { stdout } = await run(process.execPath, ["block.mjs"], {
      cwd: folder,
      env: {
        ...process.env,
        TENCENTCLOUD_SECRET_ID: secretId,
        TENCENTCLOUD_SECRET_KEY: secretKey,
      },
    });
    if (code.includes('"big.tar"')) assert.equal(await storedDigest(emulator, "big.tar"), digestOf(bytes));
    if (title === "startEmulator") assert.match(stdout, /once more after SlowDown\n5 4/);
  });
}

test("every option of the stream stands in the README, and no other", () => {
  const section = readme.slice(readme.indexOf("## Options"), readme.indexOf("## Events"));
  const documented = [...section.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
  );
  assert.deepEqual([...new Set(documented)].sort(), [...UPLOAD_OPTIONS].sort());
});

test("every error code that the library makes stands in the README", async () => {
  const { stdout } = await run("grep", [
    "-rhoE",
    '"(ERR|ABORT)_[A-Z_0-9]+"',
    join(root, "lib"),
    "--exclude-dir=emulator",
    "--exclude-dir=cli",
  ]);
  const internal = ["ERR_COS_CANCELLED", "ERR_STREAM_DESTROYED"];
  const missing = [...new Set(stdout.trim().split("\n"))]
    .map((quoted) => quoted.slice(1, -1))
    .filter(
      (code) => !/^ERR_(SSL|TLS)_/.test(code) && !internal.includes(code) && !readme.includes(`\`${code}\``),
    );
  assert.deepEqual(missing, []);
});

test("every file that the README links to is there", async () => {
  const linked = [...readme.matchAll(/\]\(((?!https?:|#)[^)]+)\)/g)].map(([, path]) => path!);
  assert.ok(linked.length > 10);
  for (const path of linked) await access(join(root, path));
});
