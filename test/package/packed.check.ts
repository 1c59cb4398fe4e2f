/**
 * The package as users get it: packed, installed into a project of its own, loaded both ways, type-checked by three
 * compilers, and looked over by the field's package checkers. Needs the npm registry; `npm run check:package`.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = (name: string): string => join(root, "node_modules", name);

let project = "";
let tarball = "";
let packed: string[] = [];

before(async () => {
  project = await mkdtemp(join(tmpdir(), "cos-upload-stream-consumer-"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", project], { cwd: root });
  const [{ filename, files }] = JSON.parse(stdout.slice(stdout.indexOf("["))) as [
    { filename: string; files: { path: string }[] },
  ];
  tarball = join(project, filename);
  packed = files.map(({ path }) => path);
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true }));
  await run("npm", ["install", tarball, "@types/node@20"], { cwd: project });
});

after(() => rm(project, { recursive: true, force: true }));

test("the tarball ships what users need and nothing else", () => {
  const unexpected = packed.filter(
    (path) => !/^(dist\/.+\.(js|d\.ts)|package\.json|README(\.zh-CN)?\.md|LICENSE|CHANGELOG\.md)$/.test(path),
  );
  assert.deepEqual(unexpected, []);
  for (const path of ["dist/index.js", "dist/index.d.ts", "dist/cli/main.js", "README.md", "LICENSE"]) {
    assert.ok(packed.includes(path), `${path} is missing`);
  }
});

test("import and require load the same exports", async () => {
  const names =
    "CosAbortError,CosClient,CosIntegrityError,CosServiceError,CosUploadError,PartTransform,UploadStream,createUploadStream";
  const imported = 'import * as all from "cos-upload-stream"; console.log(Object.keys(all).sort().join())';
  const required =
    'console.log(Object.keys(require("cos-upload-stream")).filter((n) => n !== "__esModule").sort().join())';
  const importing = await run(process.execPath, ["--input-type=module", "-e", imported], { cwd: project });
  assert.equal(importing.stdout.trim(), names);
  const requiring = await run(process.execPath, ["--input-type=commonjs", "-e", required], { cwd: project });
  assert.equal(requiring.stdout.trim(), names);
});

test("an installed package uploads to its own emulator, and its command runs", async () => {
  const script = `
    import { createUploadStream } from "cos-upload-stream";
    import { startEmulator } from "cos-upload-stream/emulator";
    const emulator = await startEmulator({ port: 0 });
    const upload = createUploadStream({ ...emulator.target, key: "hello" });
    upload.end("hello");
    console.log((await upload.done).size, emulator.object("hello").size);
    await emulator.close();`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { cwd: project });
  assert.equal(stdout.trim(), "5 5");
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const command = await run(join(project, "node_modules/.bin/cos-upload"), ["--version"]);
  assert.equal(command.stdout.trim(), version);
});

for (const compiler of ["typescript-5.9", "typescript-6.0", "typescript"]) {
  test(`the declarations check for consumers of ${compiler}`, async () => {
    const folder = join(project, compiler);
    await mkdir(folder);
    await cp(join(root, "test/package/consumer/use.ts"), join(folder, "use.ts"));
    const compilerOptions = {
      module: "nodenext",
      target: "es2022",
      lib: ["es2023", "esnext.disposable"],
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: false,
    };
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["use.ts"] }));
    const tsc = join(root, "node_modules", compiler, "bin", "tsc");
    await assert.doesNotReject(run(process.execPath, [tsc, "-p", folder]).catch(printed));
  });
}

test("publint has nothing to say", async () => {
  await assert.doesNotReject(run(bin(".bin/publint"), ["run", tarball, "--strict"]).catch(printed));
});

// The package is ESM only: `require` of it works where Node can load ESM so, which the rule for CommonJS doubts.
test("attw finds that the types resolve as the code does", async () => {
  await assert.doesNotReject(run(bin(".bin/attw"), [tarball, "--profile", "esm-only"]).catch(printed));
});

function printed(error: Error & { stdout?: string; stderr?: string }): never {
  throw new Error(`${error.message}\n${error.stdout ?? ""}${error.stderr ?? ""}`);
}
