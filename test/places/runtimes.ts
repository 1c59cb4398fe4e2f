import { chmod, copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AbsentPlace, Place, Visit } from "./place.ts";
import type { Env, Workshop } from "./workshop.ts";

/** A Node.js with flags, or through a script that starts the program in some other way. */
interface Start {
  readonly name: string;
  /** Of Node.js; the oldest that is taken, if it is left out. */
  readonly node?: string;
  readonly flags?: readonly string[];
  /** A script in place of the program's. */
  readonly script?: string;
  readonly hashing?: "inline";
  readonly note?: string;
}

const PERMISSIONS = ["--allow-fs-read=*", "--allow-net"];

const starts: readonly Start[] = [
  { name: "Node.js 20.19" },
  { name: "Node.js 22", node: "22" },
  { name: "Node.js 24", node: "24" },
  { name: "Node.js 26", node: "26" },
  {
    name: "Node.js 26, `--permission --allow-worker`",
    node: "26",
    flags: ["--permission", "--allow-worker", ...PERMISSIONS],
    note: "needs `--allow-net`; `--allow-fs-read` for its own files",
  },
  {
    name: "Node.js 26, `--permission`",
    node: "26",
    flags: ["--permission", ...PERMISSIONS],
    hashing: "inline",
    note: "without `--allow-worker` the main thread hashes",
  },
  {
    name: "a worker thread",
    script: `
      import { Worker } from "node:worker_threads";
      new Worker(new URL("main.js", import.meta.url)).on("exit", (code) => {
        process.exitCode = code;
      });
    `,
  },
  {
    name: "cluster",
    script: `
      import cluster from "node:cluster";
      if (cluster.isPrimary) {
        cluster.fork().on("exit", (code) => {
          process.exitCode = code;
        });
      } else {
        const { done } = await import("./main.js");
        await done;
        cluster.worker.disconnect();
      }
    `,
  },
];

const nodes: readonly Place[] = starts.map(({ name, node, flags = [], script, hashing, note }) => ({
  kind: "run by",
  name,
  ...(hashing !== undefined && { hashing }),
  ...(note !== undefined && { note }),
  run: async (workshop, env) => {
    const cwd = await workshop.project([]);
    if (script !== undefined) await writeFile(join(cwd, "start.js"), script);
    const binary = node === undefined ? await workshop.oldestNode() : await workshop.node(node);
    const main = join(cwd, script === undefined ? "main.js" : "start.js");
    return { output: await workshop.run(binary, [...flags, main], { cwd, env }), versions: [] };
  },
}));

/** One file that is all there is: Node.js, the program and its packages. */
async function singleExecutable(workshop: Workshop, env: Env): Promise<Visit> {
  const cwd = await workshop.project(["esbuild", "postject"]);
  const node = await workshop.node("24");
  const esbuild = ["main.js", "--bundle", "--platform=node", "--format=cjs", "--outfile=out/main.cjs"];
  await workshop.run(join(cwd, "node_modules/.bin/esbuild"), [...esbuild, "--log-level=error"], { cwd });
  const config = { main: "out/main.cjs", output: "out/main.blob", disableExperimentalSEAWarning: true };
  await writeFile(join(cwd, "sea.json"), JSON.stringify(config));
  await workshop.run(node, ["--experimental-sea-config", "sea.json"], { cwd });
  const alone = await workshop.folder();
  const app = join(alone, "app");
  await copyFile(node, app);
  await chmod(app, 0o755);
  const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
  const blob = ["NODE_SEA_BLOB", join(cwd, "out/main.blob"), "--sentinel-fuse", fuse];
  await workshop.run(join(cwd, "node_modules/.bin/postject"), [app, ...blob], { cwd });
  return { output: await workshop.run(app, [], { cwd: alone, env }), versions: [] };
}

/** A function as Tencent Cloud's SCF runs it: one file, of which an exported function is called. */
async function cloudFunction(workshop: Workshop, env: Env): Promise<Visit> {
  const cwd = await workshop.project(["esbuild"]);
  await writeFile(
    join(cwd, "index.js"),
    `
      import { CosClient, CosServiceError, CosUploadError, createUploadStream } from "cos-upload-stream";
      import { runSteps } from "./steps.js";
      export const main_handler = () => runSteps({ CosClient, CosServiceError, CosUploadError, createUploadStream });
    `,
  );
  const alone = await workshop.folder();
  const esbuild = [
    "index.js",
    "--bundle",
    "--platform=node",
    "--format=cjs",
    "--minify",
    "--log-level=error",
  ];
  await workshop.run(join(cwd, "node_modules/.bin/esbuild"), [...esbuild, `--outfile=${alone}/index.cjs`], {
    cwd,
  });
  const call = 'require("./index.cjs").main_handler({}, {});';
  const output = await workshop.run(await workshop.oldestNode(), ["-e", call], { cwd: alone, env });
  return { output, versions: [] };
}

async function bun(workshop: Workshop): Promise<string> {
  return join(await workshop.tool("bun", "1"), "bin/bun.exe");
}

async function deno(workshop: Workshop): Promise<string> {
  return join(await workshop.tool("deno", "2"), "deno");
}

const others: readonly Place[] = [
  {
    kind: "run by",
    name: "a single executable application",
    note: "made of one CommonJS file",
    run: singleExecutable,
  },
  {
    kind: "run by",
    name: "SCF: one file with a handler",
    note: "called by Node.js, not in the cloud",
    run: cloudFunction,
  },
  {
    kind: "run by",
    name: "Bun",
    short: true,
    run: async (workshop, env) => {
      const cwd = await workshop.project([]);
      return { output: await workshop.run(await bun(workshop), ["main.js"], { cwd, env }), versions: [] };
    },
  },
  {
    kind: "run by",
    name: "Bun, compiled",
    run: async (workshop, env) => {
      const cwd = await workshop.project([]);
      const alone = await workshop.folder();
      const compile = ["build", "--compile", "main.js", "--outfile", join(alone, "app")];
      await workshop.run(await bun(workshop), compile, { cwd });
      return { output: await workshop.run(join(alone, "app"), [], { cwd: alone, env }), versions: [] };
    },
  },
  {
    kind: "run by",
    name: "Deno",
    short: true,
    note: "needs [`--allow-env`](#deno)",
    run: async (workshop, env) => {
      const cwd = await workshop.project([]);
      const flags = ["run", "--no-prompt", "--allow-env", "--allow-net"];
      const output = await workshop.run(await deno(workshop), [...flags, "main.js"], { cwd, env });
      return { output, versions: [] };
    },
  },
];

export const running: readonly (Place | AbsentPlace)[] = [
  ...nodes,
  ...others,
  {
    kind: "run by",
    name: "Docker, `node:alpine`",
    because:
      "no container can be started where the others are run. Nothing in the package is compiled for an operating system",
  },
];
