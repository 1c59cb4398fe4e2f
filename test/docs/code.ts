import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CodeBlock, root } from "./pages.ts";

/** A block of TypeScript, compiled. */
export interface CompiledBlock extends CodeBlock {
  /** What the compiler has against it. */
  readonly mistakes: readonly string[];
  readonly javascript: string;
}

/** A new folder below the project, so that what runs in it finds the package, as it was built, by its name. */
export async function createFolder(): Promise<string> {
  return await mkdtemp(join(root, "test", ".docs-"));
}

/** Compiles all blocks at once, under the settings of the project, as users' code: against the types that are shipped. */
export async function compile(blocks: readonly CodeBlock[], folder: string): Promise<CompiledBlock[]> {
  const settings = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      ...{ noEmit: false, rootDir: ".", outDir: "out", moduleDetection: "force" },
      ...{ declaration: false, isolatedDeclarations: false },
    },
    include: ["*.ts"],
    exclude: [],
  };
  await mkdir(join(folder, "out"));
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(settings));
  for (const [index, { code }] of blocks.entries()) await writeFile(join(folder, `${index}.ts`), code);
  const output = await runCompiler(folder);
  return await Promise.all(
    blocks.map(async (block, index) => ({
      ...block,
      mistakes: [...output.matchAll(new RegExp(`(?:^|[\\\\/])${index}\\.ts\\((.*)`, "gm"))].map(
        ([, text]) => text!,
      ),
      javascript: await readFile(join(folder, "out", `${index}.js`), "utf8"),
    })),
  );
}

/** What it prints; it exits with an error when a block has a mistake. */
async function runCompiler(folder: string): Promise<string> {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  return await new Promise((resolve) => {
    execFile(process.execPath, [compiler, "-p", folder, "--pretty", "false"], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}
