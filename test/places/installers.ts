import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Place } from "./place.ts";
import { versionOf, type Workshop } from "./workshop.ts";

/** A program that installs packages. */
interface Installer {
  readonly name: string;
  /** The package it is in and the file of that to run; without one it is the npm at hand. */
  readonly tool?: readonly [name: string, range: string, file: string];
  readonly args: (tarball: string) => readonly string[];
  /** Files that it needs in the project. */
  readonly files?: Readonly<Record<string, string>>;
  /** What it starts the program with, in place of Node.js. */
  readonly start?: readonly string[];
  readonly short?: boolean;
  readonly note?: string;
}

const installers: readonly Installer[] = [
  { name: "npm", args: (tarball) => ["install", tarball], short: true },
  {
    name: "pnpm 10",
    tool: ["pnpm", "10", "bin/pnpm.cjs"],
    args: (tarball) => ["add", tarball],
  },
  {
    name: "pnpm 12",
    tool: ["pnpm", "12", "bin/pnpm.mjs"],
    args: (tarball) => ["add", tarball],
    short: true,
  },
  { name: "yarn 1", tool: ["yarn", "1", "bin/yarn.js"], args: (tarball) => ["add", `file:${tarball}`] },
  {
    name: "yarn 4, node_modules",
    tool: ["@yarnpkg/cli-dist", "4", "bin/yarn.js"],
    args: (tarball) => ["add", `cos-upload-stream@file:${tarball}`],
    files: { "yarn.lock": "", ".yarnrc.yml": "nodeLinker: node-modules\n" },
  },
  {
    name: "yarn 4, Plug'n'Play",
    tool: ["@yarnpkg/cli-dist", "4", "bin/yarn.js"],
    args: (tarball) => ["add", `cos-upload-stream@file:${tarball}`],
    files: { "yarn.lock": "", ".yarnrc.yml": "nodeLinker: pnp\n" },
    start: ["node"],
    short: true,
  },
  { name: "bun", tool: ["bun", "1", "bin/bun.exe"], args: (tarball) => ["add", tarball], short: true },
];

export const installing: readonly Place[] = installers.map((installer) => ({
  kind: "installed by",
  name: installer.name,
  ...(installer.short && { short: true }),
  ...(installer.note !== undefined && { note: installer.note }),
  run: async (workshop, env) => {
    const { tool, args, files = {}, start } = installer;
    const cwd = await workshop.project();
    for (const [name, content] of Object.entries(files)) await writeFile(join(cwd, name), content);
    const node = await workshop.oldestNode();
    const command = await commandOf(workshop, tool);
    await workshop.run(command, args(workshop.tarball), { cwd, env: { CI: "" }, node });
    const main = join(cwd, "main.js");
    const output =
      start === undefined
        ? await workshop.run(main, [], { cwd, env, node })
        : await workshop.run(command, [...start, main], { cwd, env, node });
    return { output, versions: [await installerVersion(workshop, tool)] };
  },
}));

async function commandOf(workshop: Workshop, tool: Installer["tool"]): Promise<string> {
  if (tool === undefined) return "npm";
  const [name, range, file] = tool;
  return join(await workshop.tool(name, range), file);
}

async function installerVersion(workshop: Workshop, tool: Installer["tool"]): Promise<string> {
  if (tool === undefined) {
    const version = await workshop.run("npm", ["--version"], { cwd: await workshop.folder() });
    return `npm ${version.trim()}`;
  }
  const [name, range] = tool;
  return await versionOf(
    join(await workshop.tool(name, range), ...name.split("/").map(() => ".."), ".."),
    name,
  );
}
