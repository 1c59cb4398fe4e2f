import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Sample } from "./plan.ts";

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
}

/** What installing packages puts on a disk: they, and all that they depend on. */
export function installed(subjects: readonly string[]): Required<Pick<Sample, "installed" | "packages">> {
  const folders = new Set(subjects.map((subject) => folderOf(fileURLToPath(import.meta.resolve(subject)))));
  for (const folder of folders) {
    for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) {
      const found = find(name, folder);
      if (found !== undefined) folders.add(found);
    }
  }
  const sizes = [...folders].map(sizeOf);
  return { installed: sizes.reduce((sum, size) => sum + size, 0), packages: folders.size };
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** The folder of the package that a file is in; some have more manifests, which name nothing. */
function folderOf(file: string): string {
  let folder = dirname(file);
  while (!existsSync(join(folder, "package.json")) || manifestOf(folder).name === undefined) {
    folder = dirname(folder);
  }
  return folder;
}

/** As Node.js finds it. */
function find(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Of an installed package all that is in its folder, but for packages; of this one, which is a repository, what is packed. */
function sizeOf(folder: string): number {
  const { files } = manifestOf(folder);
  const isInstalled =
    dirname(folder).endsWith("node_modules") || dirname(dirname(folder)).endsWith("node_modules");
  if (isInstalled || files === undefined) return sum(folder, (name) => name !== "node_modules");
  const packed = new Set([...files, "package.json", "README.md", "LICENSE"]);
  return sum(folder, (name) => packed.has(name));
}

function sum(folder: string, isCounted: (name: string) => boolean): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!isCounted(entry.name)) continue;
    const path = join(folder, entry.name);
    bytes += entry.isDirectory() ? sum(path, () => true) : statSync(path).size;
  }
  return bytes;
}
