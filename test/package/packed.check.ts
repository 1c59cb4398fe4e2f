/**
 * The package as users get it: packed, installed into a project of its own, loaded both ways, type-checked by three
 * compilers, and looked over by the field's package checkers. Needs the npm registry; `npm run check:package`.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as source from "../../lib/index.ts";

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
  await run("npm", ["install", tarball, "@types/node@20", "undici-8@npm:undici@8"], { cwd: project });
});

after(() => rm(project, { recursive: true, force: true }));

test("the tarball ships what users need and nothing else", () => {
  const own = /^(dist\/.+\.(c?js|d\.c?ts)|package\.json|README(\.zh-CN)?\.md|LICENSE|CHANGELOG\.md)$/;
  const bundled = "node_modules/crc64-ecma182.js/";
  assert.deepEqual(
    packed.filter((path) => !own.test(path) && !path.startsWith(bundled)),
    [],
  );
  const needed = [
    "dist/index.js",
    "dist/index.cjs",
    "dist/index.d.ts",
    "dist/cli/main.js",
    "README.md",
    "LICENSE",
  ];
  for (const path of [...needed, `${bundled}package.json`, `${bundled}dist/crc.js`]) {
    assert.ok(packed.includes(path), `${path} is missing`);
  }
});

test("import and require load what the source exports", async () => {
  const names = Object.keys(source).sort().join();
  const imported = 'import * as all from "cos-upload-stream"; console.log(Object.keys(all).sort().join())';
  const required = 'console.log(Object.keys(require("cos-upload-stream")).sort().join())';
  for (const [type, script] of [
    ["module", imported],
    ["commonjs", required],
  ]) {
    const { stdout, stderr } = await run(process.execPath, [`--input-type=${type}`, "-e", script!], {
      cwd: project,
    });
    assert.deepEqual([stdout.trim(), stderr], [names, ""]);
  }
});

const UPLOAD = `
  const run = async () => {
    const emulator = await startEmulator({ port: 0 });
    const upload = createUploadStream({ ...emulator.target, key: "hello" });
    upload.end("hello");
    console.log((await upload.done).size, emulator.object("hello").size);
    await emulator.close();
  };
  run();`;

const loaded = {
  module: `
    import { createUploadStream } from "cos-upload-stream";
    import { startEmulator } from "cos-upload-stream/emulator";`,
  commonjs: `
    const { createUploadStream } = require("cos-upload-stream");
    const { startEmulator } = require("cos-upload-stream/emulator");`,
};

test("an installed package uploads to its own emulator, and its command runs", async () => {
  for (const [type, loading] of Object.entries(loaded)) {
    const script = [`--input-type=${type}`, "-e", loading + UPLOAD];
    const { stdout, stderr } = await run(process.execPath, script, { cwd: project });
    assert.deepEqual([stdout.trim(), stderr], ["5 5", ""]);
  }
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const command = await run(join(project, "node_modules/.bin/cos-upload"), ["--version"]);
  assert.equal(command.stdout.trim(), version);
});

interface Consumer {
  readonly compiler: string;
  readonly type: "module" | "commonjs";
  /** Compiler options beside those of all. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly file?: string;
}

const consumers: Readonly<Record<string, Consumer>> = {
  "ES modules": { compiler: "typescript", type: "module", options: { module: "nodenext" } },
  "ES modules, TypeScript 6.0": {
    compiler: "typescript-6.0",
    type: "module",
    options: { module: "nodenext" },
  },
  "ES modules, TypeScript 5.9": {
    compiler: "typescript-5.9",
    type: "module",
    options: { module: "nodenext" },
  },
  "CommonJS, TypeScript 5.9": { compiler: "typescript-5.9", type: "commonjs", options: { module: "node16" } },
  CommonJS: { compiler: "typescript", type: "commonjs", options: { module: "nodenext" } },
  "CommonJS that knows no exports, TypeScript 5.9": {
    compiler: "typescript-5.9",
    type: "commonjs",
    options: { module: "commonjs", moduleResolution: "node10" },
  },
  "a bundler": {
    compiler: "typescript",
    type: "module",
    options: { module: "esnext", moduleResolution: "bundler" },
  },
  "dispatchers of undici": {
    compiler: "typescript",
    type: "module",
    // Those of undici itself do not check.
    options: { module: "nodenext", skipLibCheck: true },
    file: "dispatchers.ts",
  },
};

for (const [name, { compiler, type, options, file = "use.ts" }] of Object.entries(consumers)) {
  test(`the declarations check for consumers: ${name}`, async () => {
    const folder = await mkdtemp(join(project, "consumer-"));
    await cp(join(root, "test/package/consumer", file), join(folder, file));
    const compilerOptions = {
      target: "es2022",
      lib: ["es2023", "esnext.disposable"],
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: false,
      ...options,
    };
    await writeFile(join(folder, "package.json"), JSON.stringify({ type }));
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: [file] }));
    const tsc = join(root, "node_modules", compiler, "bin", "tsc");
    await assert.doesNotReject(run(process.execPath, [tsc, "-p", folder]).catch(printed));
  });
}

test("publint has nothing to say", async () => {
  await assert.doesNotReject(run(bin(".bin/publint"), ["run", tarball, "--strict"]).catch(printed));
});

test("attw finds that the types resolve as the code does, everywhere", async () => {
  await assert.doesNotReject(run(bin(".bin/attw"), [tarball, "--profile", "strict"]).catch(printed));
});

function printed(error: Error & { stdout?: string; stderr?: string }): never {
  throw new Error(`${error.message}\n${error.stdout ?? ""}${error.stderr ?? ""}`);
}
