// Completes dist/ for what package.json exports: each entry as one CommonJS file beside its ES modules, for `require`, and the
// declarations that the entries need, for both. With --prune, as for packing, other declarations are removed.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const entries = Object.values(JSON.parse(readFileSync("package.json", "utf8")).exports).filter(
  (entry) => typeof entry === "object",
);

/** What may be in several bundles, as it has no state: two copies are as good as one. */
const STATELESS = /^dist\/(brand|limits|timers|check\/.*)\.js$/;

const bundles = await Promise.all(entries.map(bundle));
const modules = bundles.flatMap(({ metafile }) => Object.keys(metafile.inputs));
const repeated = modules.filter((module, at) => modules.indexOf(module) !== at && !STATELESS.test(module));
if (repeated.length > 0) {
  throw new Error(`Entries must import each other's modules from the entry, not from its parts: ${repeated}`);
}
writeDeclarations(entries.map((entry) => entry.default.types));

function bundle(entry) {
  const from = resolve(entry.default.default);
  const asOtherEntry = ({ resolveDir, path }) => {
    const other = entries.find(
      ({ default: { default: file } }) => resolve(file) === resolve(resolveDir, path),
    );
    if (other === undefined || other === entry) return undefined;
    const target = relative(dirname(from), resolve(other.require.default)).replaceAll("\\", "/");
    return { path: target.startsWith(".") ? target : `./${target}`, external: true };
  };
  return build({
    entryPoints: [from],
    outfile: entry.require.default,
    bundle: true,
    metafile: true,
    packages: "external",
    format: "cjs",
    platform: "node",
    target: "node20.19",
    // `import()` becomes `require()`: Jest has no other way in CommonJS.
    supported: { "dynamic-import": false },
    plugins: [{ name: "entries", setup: ({ onResolve }) => onResolve({ filter: /^\./ }, asOtherEntry) }],
    logLevel: "warning",
  });
}

/** The compiler leaves `.ts` in them, which only newer versions of TypeScript resolve. */
function writeDeclarations(roots) {
  const needed = new Set(roots.map((file) => join(file)));
  for (const file of needed) {
    const text = readFileSync(file, "utf8");
    const specifiers = /(?<=(?:from |import\()")(\.[^"]+)\.[jt]s(?=")/g;
    for (const [, path] of text.matchAll(specifiers)) needed.add(join(dirname(file), `${path}.d.ts`));
    writeFileSync(file, text.replace(specifiers, "$1.js"));
    writeFileSync(file.replace(/\.d\.ts$/, ".d.cts"), text.replace(specifiers, "$1.cjs"));
  }
  if (!process.argv.includes("--prune")) return;
  for (const file of readdirSync("dist", { recursive: true })) {
    const path = join("dist", file);
    if (/\.d\.c?ts$/.test(path) && !needed.has(path.replace(/\.d\.cts$/, ".d.ts"))) rmSync(path);
  }
}
