import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { useEmulator } from "../support/emulator.ts";
import { type CompiledBlock, compile, createFolder } from "./code.ts";
import { type CodeBlock, examplesInSources, pages } from "./pages.ts";
import { createWorkFolder, FILE, hasFile, onThisMachine, Runner, runServer, runShell } from "./run.ts";
import { startWorld } from "./world.ts";

/** A translation has the code of its original, which another test holds it to. */
const blocks = [
  ...pages.filter(({ path }) => !path.endsWith(".zh-CN.md")).flatMap(({ codeBlocks }) => codeBlocks),
  ...examplesInSources(),
];
const of = (language: string): CodeBlock[] => blocks.filter((block) => block.language === language);

const folder = await createFolder();
after(() => rm(folder, { recursive: true, force: true }));
const examples = await compile(of("ts"), folder);

/** Processes that run examples, while they have none to run. */
const runners: Runner[] = [];

async function withRunner<T>(use: (runner: Runner) => Promise<T>): Promise<T> {
  const runner = runners.pop() ?? new Runner(DEFAULT);
  try {
    return await use(runner);
  } finally {
    if (runner.isClean) runners.push(runner);
    else await runner[Symbol.asyncDispose]();
  }
}

/** Examples that get keys which work only with their token. */
const usesToken = ({ code }: CodeBlock): boolean => code.includes("GetFederationToken");
const DEFAULT = { secretId: "AKIDexample", secretKey: "exampleKey" };
const TEMPORARY = { secretId: "AKIDtemporary", secretKey: "temporaryKey", securityToken: "temporaryToken" };

describe("every example in the documentation and in comments", { concurrency: 2 }, () => {
  after(() => Promise.all(runners.map((runner) => runner[Symbol.asyncDispose]())));

  it("is there to be run", () => {
    assert.ok(examples.length > 10);
  });

  it("is of a language that these tests know", () => {
    const others = blocks.filter(({ language }) => !["ts", "sh", "json", "mermaid", ""].includes(language));
    assert.deepEqual(others, []);
  });

  for (const [index, example] of examples.entries()) {
    const { file, line, code } = example;
    it(`${file}:${line} is right for the compiler, and runs as it stands`, async (t) => {
      assert.deepEqual(example.mistakes, []);
      const emulator = await useEmulator(t, { credentials: usesToken(example) ? TEMPORARY : DEFAULT });
      const work = await createWorkFolder(t);
      const world = await startWorld(t, FILE, emulator.target.credentials);
      const script = join(folder, "out", `run-${index}.js`);
      await writeFile(script, onThisMachine(example.javascript, emulator, world));
      const { credentials } = emulator.target;
      if (code.includes(".listen(")) {
        const response = await runServer(script, work, credentials);
        assert.equal(response.status, 200);
      } else {
        const { stdout, error, left } = await withRunner((runner) => runner.run({ file: script, cwd: work }));
        assert.deepEqual([error, left], [undefined, []]);
        assertPrints(example, stdout);
      }
      if (/big\.tar"\)|\.listen\(/.test(code) && code.includes("bucket:"))
        assert.ok(await hasFile(emulator), "the file is an object");
    });
  }

  for (const { file, line, code } of of("sh").filter(({ code }) => code.includes("npx cos-upload"))) {
    it(`${file}:${line} runs in a shell`, { skip: process.platform === "win32" }, async (t) => {
      const emulator = await useEmulator(t);
      const work = await createWorkFolder(t);
      const here = code.replaceAll("--region ap-beijing", `--region ap-beijing --endpoint ${emulator.url}`);
      await runShell(here, work, emulator.target.credentials);
    });
  }

  for (const { file, line, code } of of("json")) {
    it(`${file}:${line} is JSON`, () => void JSON.parse(code));
  }
});

/** A line that ends in `// prints …` says what comes out, in this order. */
function assertPrints({ code }: CompiledBlock, stdout: string): void {
  const expected = [...code.matchAll(/\/\/ prints (.*)$/gm)].map(([, text]) => text!);
  if (expected.length > 0) assert.deepEqual(stdout.trimEnd().split("\n"), expected);
}
