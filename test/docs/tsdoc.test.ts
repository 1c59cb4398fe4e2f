import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { describe, it } from "node:test";
// The compiler that still has an interface for programs.
import ts from "typescript-5.9";
import { examplesInSources, root } from "./pages.ts";

/** The declarations as they are shipped. */
const ENTRIES = ["dist/index.d.ts", "dist/emulator/index.d.ts"];

/** What people call first: each has an example, which another test runs. */
const FIRST = [
  "createUploadStream",
  "UploadStream",
  "UploadStream.done",
  "CosClient",
  "CosClient.createUploadStream",
  "CosClient.initiateMultipartUpload",
  "CosClient.listMultipartUploads",
  "CosClient.putObject",
  "CosClient.headObject",
  "PartTransform",
  "CosServiceError",
  "startEmulator",
  "Emulator.faults",
];

const program = ts.createProgram(
  ENTRIES.map((entry) => join(root, entry)),
  { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, skipLibCheck: true },
);
const checker = program.getTypeChecker();

/** A name that users see: of an export, or of a member of one. */
interface PublicName {
  readonly name: string;
  readonly symbol: ts.Symbol;
}

const names = ENTRIES.flatMap((entry) => {
  const file = program.getSourceFile(join(root, entry)) ?? assert.fail(`${entry} is not built`);
  return checker.getExportsOfModule(checker.getSymbolAtLocation(file)!).flatMap(withMembers);
});

/** An export, and what it declares: a member that it has from elsewhere is documented there. */
function withMembers(exported: ts.Symbol): PublicName[] {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const members = [symbol.members, symbol.exports].flatMap((table) => [...(table?.values() ?? [])]);
  const own = members
    .filter(
      ({ flags }) => flags & (ts.SymbolFlags.Property | ts.SymbolFlags.Method | ts.SymbolFlags.Accessor),
    )
    // What Node calls, and what TypeScript makes of `#private`.
    .filter((member) => !/^(_|#|prototype$)/.test(member.name))
    .map((member) => ({ name: `${symbol.name}.${member.name}`, symbol: member }));
  return [{ name: symbol.name, symbol }, ...own];
}

function documentationOf({ symbol }: PublicName): string {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
}

/** The symbol of `Name` or `Name.member`, which can be inherited. */
function symbolOf(name: string): ts.Symbol {
  const [owner, member] = name.split(".") as [string, string?];
  const { symbol } = names.find((each) => each.name === owner) ?? assert.fail(`${owner} is not exported`);
  if (member === undefined) return symbol;
  const found = checker.getPropertyOfType(checker.getDeclaredTypeOfSymbol(symbol), member);
  return found ?? assert.fail(`${name} is not there`);
}

describe("the comments that editors show", () => {
  it("are there for every exported name and for every member of it", () => {
    const silent = names.filter((each) => documentationOf(each) === "").map(({ name }) => name);
    assert.deepEqual(silent, []);
  });

  it("have an example for each of the names that people use first, and the example is one that is run", () => {
    const run = examplesInSources().map(({ code }) => code.trim());
    const missing = FIRST.filter((name) => {
      const tags = symbolOf(name)
        .getJsDocTags(checker)
        .filter((tag) => tag.name === "example");
      const codes = tags.map(
        ({ text }) => /```ts\n([\s\S]*)\n```/.exec(ts.displayPartsToString(text))?.[1] ?? "",
      );
      return codes.length === 0 || !codes.every((code) => run.includes(code));
    });
    assert.deepEqual(missing, []);
  });

  it("are complete sentences", () => {
    const broken = names.filter((each) => !/[.!?:)`*|"]$/.test(documentationOf(each)));
    assert.deepEqual(
      broken.map((each) => `${each.name}: ${documentationOf(each)}`),
      [],
    );
  });

  it("come from files of this project", () => {
    const files = names.flatMap(
      ({ symbol }) => symbol.declarations?.map((each) => each.getSourceFile().fileName) ?? [],
    );
    assert.ok(names.length > 150);
    assert.deepEqual(
      files.filter((file) => !relative(root, file).startsWith("dist")),
      [],
    );
  });
});
