import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

/** The rooms from top to bottom, as ARCHITECTURE.md has them: imports point downward. A room is a folder or a file of lib/. */
const ORDER = [
  ["cli"],
  ["index"],
  ["cos-client"],
  ["upload-stream", "part-transform"],
  ["stream"],
  ["upload"],
  ["client"],
  ["options"],
  ["parts"],
  ["memory"],
  ["cos"],
  ["digest"],
  ["http"],
  ["retry"],
  ["throughput"],
  ["emulator"],
];
const ANYWHERE = [
  "brand",
  "errors",
  "error-codes",
  "events",
  "limits",
  "timers",
  "check",
  "abort",
  "dependency",
  "version",
];

const lib = fileURLToPath(new URL("../lib", import.meta.url));
const root = dirname(lib);

const files = filesOf("lib");

test("imports point downward through the rooms", () => {
  const upward = files.flatMap((file) =>
    importsOf(file)
      .filter((imported) => roomOf(imported) !== roomOf(file))
      .filter((imported) => !ANYWHERE.includes(roomOf(imported)))
      .filter((imported) => rank(imported) <= rank(file))
      .map((imported) => `${file} -> ${imported}`),
  );
  assert.deepEqual(upward, []);
});

test("what may be used anywhere uses nothing but its like", () => {
  const shared = files.filter((file) => ANYWHERE.includes(roomOf(file)));
  const outside = shared.flatMap((file) => importsOf(file).filter((to) => !ANYWHERE.includes(roomOf(to))));
  assert.deepEqual(outside, []);
});

for (const folder of ["lib", "bench", "examples", "test"]) {
  test(`no file of ${folder}/ imports itself over others`, () => {
    const all = filesOf(folder);
    const seen = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      if (seen.has(file) || path.includes(file)) return;
      // Scripts in strings import from elsewhere.
      const imports = importsOf(file, folder).filter((imported) => all.includes(imported));
      for (const imported of imports) visit(imported, [...path, file]);
      seen.add(file);
    };
    for (const file of all) visit(file, []);
    assert.deepEqual(cycles, []);
  });
}

test("nobody but the command uses the emulator", () => {
  const users = files
    .filter((file) => !["emulator", "cli"].includes(roomOf(file)))
    .filter((file) => importsOf(file).some((imported) => roomOf(imported) === "emulator"));
  assert.deepEqual(users, []);
});

test("the emulator shares nothing with the library but limits, timers, checks of options, and how classes are branded", () => {
  const shared = files
    .filter((file) => roomOf(file) === "emulator")
    .flatMap((file) => importsOf(file))
    .filter((imported) => !["brand", "check", "emulator", "limits", "timers"].includes(roomOf(imported)));
  assert.deepEqual(shared, []);
});

test("a header of COS's is named in one file", () => {
  const elsewhere = files
    .filter((file) => roomOf(file) !== "emulator" && file !== "cos/headers.ts")
    .filter((file) => /^(?! *(\*|\/)).*["'`]x-cos-/m.test(readFileSync(join(lib, file), "utf8")));
  assert.deepEqual(elsewhere, []);
});

test("time comes from lib/timers.ts alone, so that no fake timers stop an upload", () => {
  const timer = /(?<![.\w#])((?:set|clear)(?:Timeout|Interval|Immediate)|queueMicrotask|nextTick)\(/g;
  const other =
    /\bfetch\(|\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\bhrtime\b|\.nextTick\b|"node:(timers|perf_hooks)/;
  const users = files
    // The second is a bundle of others, and the third runs in a browser.
    .filter(
      (file) =>
        !["timers.ts", "digest/hash-thread-source.ts", "emulator/console/page-script.ts"].includes(file),
    )
    .filter((file) => {
      const source = readFileSync(join(lib, file), "utf8");
      const [, imports = ""] = /import \{([^}]*)\} from "[./]*timers\.ts";/.exec(source) ?? [];
      const code = source.replace(/^\s*(\/?\*|\/\/).*$/gm, "");
      const isOwn = ([, name]: RegExpMatchArray): boolean => !new RegExp(`\\b${name}\\b`).test(imports);
      return other.test(code) || [...code.matchAll(timer)].some(isOwn);
    });
  assert.deepEqual(users, []);
});

test("every room stands in ARCHITECTURE.md", () => {
  const page = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  const drawn = [...page.matchAll(/^([a-z-]+)(?:\/|\.ts) {2,}/gm)].map(([, room]) => room!);
  const shared = [...page.matchAll(/`([a-z-]+)`(?= \(types\)|, | {1,2}and `| may be used)/g)].map(
    ([, room]) => room!,
  );
  assert.deepEqual(drawn, ORDER.flat());
  const missing = [...new Set(files.map(roomOf))].filter(
    (room) => !drawn.includes(room) && !shared.includes(room),
  );
  assert.deepEqual(missing, []);
});

function roomOf(file: string): string {
  return file.split("/")[0]!.replace(/\.ts$/, "");
}

function rank(file: string): number {
  const found = ORDER.findIndex((rooms) => rooms.includes(roomOf(file)));
  // Who is used anywhere stands below all.
  return found === -1 && ANYWHERE.includes(roomOf(file)) ? ORDER.length : found;
}

/** The TypeScript of a folder, but the kernels: they are in another language, and compile to one file. */
function filesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((file) => file.split("\\").join("/"))
    .filter((file) => /^(?!.*(\/assembly\/|node_modules)).*\.c?ts$/.test(file));
}

/** Files of the same folder. Types count: an arrow is an arrow. */
function importsOf(file: string, folder = "lib"): string[] {
  const source = readFileSync(join(root, folder, file), "utf8");
  return [...source.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+\.c?ts)"/g)]
    .map(([, specifier]) => posix.join(posix.dirname(file), specifier!))
    .filter((imported) => !imported.startsWith("../"));
}

test("what is left out of the coverage is what holds types only, and all of that", () => {
  const { exclude } = JSON.parse(readFileSync(join(root, ".c8rc.json"), "utf8")) as { exclude: string[] };
  const built = (file: string): string => readFileSync(join(root, "dist", file.replace(/ts$/, "js")), "utf8");
  // The thread's program is built into another file.
  const typesOnly = files
    .filter((file) => file !== "digest/hash-thread-main.ts")
    .filter((file) => /^export \{\};$/m.test(built(file)));
  const assembly = "digest/kernels/assembly";
  assert.deepEqual(exclude.map((file) => file.replace(/^lib\//, "")).sort(), [assembly, ...typesOnly].sort());
});

test("the scripts of the package run without a Unix shell, but for the gateway's, which runs on Linux alone", () => {
  const manifest = readFileSync(join(root, "package.json"), "utf8");
  const { scripts } = JSON.parse(manifest) as { scripts: Readonly<Record<string, string>> };
  const unix = Object.keys(scripts).filter((name) =>
    /\b(rm|cp|mv|mkdir|exec|sh)\s|[*$;'`]/.test(scripts[name]!),
  );
  assert.deepEqual(unix, ["test:rgw"]);
});

test("code and tests refer to nothing that is not in the project", () => {
  const foreign = ["lib", "bench", "examples", "test"].flatMap((folder) =>
    filesOf(folder)
      .filter((file) => file !== "architecture.test.ts")
      .filter((file) =>
        // A section of an RFC, or of what a link leads to, can be looked up.
        /\(rules? \d+|(?<!RFC \d+,? )\bsection \d|§ ?\d/.test(readFileSync(join(root, folder, file), "utf8")),
      )
      .map((file) => `${folder}/${file}`),
  );
  assert.deepEqual(foreign, []);
});

test("the way of a chunk, in ARCHITECTURE.md, has at most twelve steps, each with its file and what is called there", () => {
  const page = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  const section = /^## The way of a chunk\n([\s\S]*?)^## /m.exec(page)?.[1] ?? "";
  const steps = [...section.matchAll(/^(\d+)\. ([\s\S]*?)(?=\n\d+\. |\n\n)/gm)].map(([, number, text]) => ({
    number: Number(number),
    names: [...text!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
  }));
  assert.deepEqual(
    steps.map(({ number }) => number),
    steps.map((_, index) => index + 1),
  );
  assert.ok(steps.length > 0 && steps.length <= 12, `${steps.length} steps`);
  const wrong = steps.filter(
    ({ names: [file, called] }) => !files.includes(file!) || !declares(file!, called!),
  );
  assert.deepEqual(wrong, []);
  const named = steps.flatMap(({ names }) => names).filter((name) => name.endsWith(".ts"));
  assert.deepEqual(
    named.filter((name) => !files.includes(name)),
    [],
  );
});

function declares(file: string, name: string): boolean {
  const source = readFileSync(join(lib, file), "utf8");
  return new RegExp(`^(?:export (?:async )?function|  (?:override |async )*)\\s*${name}\\b[<(]`, "m").test(
    source,
  );
}
