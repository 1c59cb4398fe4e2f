import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Place } from "./place.ts";
import { versionOf } from "./workshop.ts";

/** A bundler, set up as its documentation has it for programs of Node.js. */
interface Bundler {
  readonly name: string;
  /** What is installed; the version of the first is shown. */
  readonly packages: readonly string[];
  /** Files that it needs in the project. */
  readonly files?: Readonly<Record<string, string>>;
  /** Its command and arguments; what it makes is in `out/`. */
  readonly command: readonly string[];
  /** What it is to make. */
  readonly bundle: string;
  /** The Node.js that it needs itself, if that is a newer one. */
  readonly node?: string;
  readonly short?: boolean;
  readonly note?: string;
}

/** Dependencies are CommonJS, and ask for Node's own modules by `require`, which a bundle of ES modules does not have. */
const BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

const ESBUILD = ["esbuild", "main.js", "--bundle", "--platform=node", "--log-level=error"];
const BANNER_NOTE = "needs a [banner](#esbuild-and-tsup)";

const webpackConfig = (output: string): string => `
  import { resolve } from "node:path";
  export default {
    entry: "./main.js",
    mode: "production",
    target: "node20",
    stats: "errors-warnings",
    ${output}
  };
`;
const COMMON_JS = `output: { path: resolve("out"), filename: "main.cjs" },`;

const rollupConfig = (format: string, file: string): string => `
  import commonjs from "@rollup/plugin-commonjs";
  import json from "@rollup/plugin-json";
  import { nodeResolve } from "@rollup/plugin-node-resolve";
  export default {
    input: "main.js",
    plugins: [nodeResolve({ preferBuiltins: true }), commonjs({ ignore: ["node:sqlite"] }), json()],
    output: { file: "out/${file}", format: "${format}", inlineDynamicImports: true },
  };
`;
const ROLLUP = ["rollup@4", "@rollup/plugin-commonjs", "@rollup/plugin-json", "@rollup/plugin-node-resolve"];
const ROLLUP_NOTE = "on Node 20 it needs [`ignore`](#rollup)";

const bundlers: readonly Bundler[] = [
  {
    name: "esbuild, ES module",
    packages: ["esbuild"],
    command: [...ESBUILD, "--format=esm", "--outfile=out/main.mjs", `--banner:js=${BANNER}`],
    bundle: "main.mjs",
    short: true,
    note: BANNER_NOTE,
  },
  {
    name: "esbuild, ES modules, split",
    packages: ["esbuild"],
    command: [
      ...ESBUILD,
      ...["--format=esm", "--splitting", "--outdir=out", "--out-extension:.js=.mjs", `--banner:js=${BANNER}`],
    ],
    bundle: "main.mjs",
    note: BANNER_NOTE,
  },
  {
    name: "esbuild, CommonJS, minified",
    packages: ["esbuild"],
    command: [...ESBUILD, "--format=cjs", "--minify", "--outfile=out/main.cjs"],
    bundle: "main.cjs",
    short: true,
  },
  {
    name: "webpack, CommonJS",
    packages: ["webpack@5", "webpack-cli"],
    // To minify takes most of a minute, and is done below.
    files: { "webpack.config.js": webpackConfig(`${COMMON_JS} optimization: { minimize: false },`) },
    command: ["webpack"],
    bundle: "main.cjs",
    short: true,
  },
  {
    name: "webpack, ES module, minified",
    packages: ["webpack@5", "webpack-cli"],
    files: {
      "webpack.config.js": webpackConfig(`
        experiments: { outputModule: true },
        output: { path: resolve("out"), filename: "main.mjs", module: true, chunkFormat: "module" },
      `),
    },
    command: ["webpack"],
    bundle: "main.mjs",
  },
  {
    name: "Rspack",
    packages: ["@rspack/core", "@rspack/cli"],
    files: { "rspack.config.js": webpackConfig(COMMON_JS) },
    command: ["rspack", "build"],
    bundle: "main.cjs",
    node: "24",
  },
  {
    name: "Rollup, ES module",
    packages: ROLLUP,
    files: { "rollup.config.js": rollupConfig("es", "main.mjs") },
    command: ["rollup", "--config", "--silent"],
    bundle: "main.mjs",
    note: ROLLUP_NOTE,
  },
  {
    name: "Rollup, CommonJS",
    packages: ROLLUP,
    files: { "rollup.config.js": rollupConfig("cjs", "main.cjs") },
    command: ["rollup", "--config", "--silent"],
    bundle: "main.cjs",
    note: ROLLUP_NOTE,
  },
  {
    name: "Vite, SSR",
    packages: ["vite@8"],
    files: {
      "vite.config.js": `
        export default {
          build: { ssr: "main.js", outDir: "out", target: "node20" },
          ssr: { noExternal: true },
          logLevel: "warn",
        };
      `,
    },
    command: ["vite", "build"],
    bundle: "main.js",
    node: "24",
  },
  {
    name: "Vite, library",
    packages: ["vite@8"],
    files: {
      "vite.config.js": `
        export default {
          build: { lib: { entry: "main.js", formats: ["es"], fileName: "main" }, ssr: true, outDir: "out", target: "node20" },
          ssr: { noExternal: true },
          logLevel: "warn",
        };
      `,
    },
    command: ["vite", "build"],
    bundle: "main.js",
    node: "24",
    note: "with `ssr: true`, as Vite makes libraries for browsers",
  },
  {
    name: "ncc",
    packages: ["@vercel/ncc"],
    command: ["ncc", "build", "main.js", "--out", "out", "--quiet"],
    bundle: "index.js",
  },
  {
    name: "tsup, ES module",
    packages: ["tsup@9", "typescript@5.9"],
    files: {
      "tsup.config.js": `
        export default {
          entry: ["main.js"],
          format: "esm",
          outDir: "out",
          noExternal: [/.*/],
          platform: "node",
          target: "node20",
          silent: true,
          banner: { js: ${JSON.stringify(BANNER)} },
        };
      `,
    },
    command: ["tsup"],
    bundle: "main.js",
    node: "24",
    note: BANNER_NOTE,
  },
  {
    name: "tsdown, ES module",
    packages: ["tsdown"],
    files: {
      "tsdown.config.js": `
        export default {
          entry: ["main.js"],
          format: "esm",
          outDir: "out",
          deps: { alwaysBundle: [/.*/] },
          platform: "node",
          target: "node20",
          dts: false,
          logLevel: "error",
        };
      `,
    },
    command: ["tsdown"],
    bundle: "main.mjs",
    node: "24",
  },
];

export const bundling: readonly Place[] = bundlers.map((bundler) => ({
  kind: "bundled by",
  name: bundler.name,
  ...(bundler.short && { short: true }),
  ...(bundler.note !== undefined && { note: bundler.note }),
  run: async (workshop, env) => {
    const { packages, files = {}, bundle } = bundler;
    const [command = "", ...args] = bundler.command;
    const cwd = await workshop.project(packages);
    for (const [name, content] of Object.entries(files)) await writeFile(join(cwd, name), content);
    const node = bundler.node === undefined ? process.execPath : await workshop.node(bundler.node);
    await workshop.run(join(cwd, "node_modules/.bin", command), args, { cwd, node });
    // Where no package is: what was left out of the bundle is missed.
    const alone = await workshop.project(undefined);
    await cp(join(cwd, "out"), alone, { recursive: true });
    const output = await workshop.run(join(alone, bundle), [], {
      cwd: alone,
      env,
      node: await workshop.oldestNode(),
    });
    const [first = ""] = packages;
    return { output, versions: [await versionOf(cwd, first.replace(/(?<=.)@.*/, ""))] };
  },
}));
