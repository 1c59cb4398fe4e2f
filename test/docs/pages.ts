import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import GithubSlugger from "github-slugger";
import { lexer, type Token, type Tokens, type TokensList, walkTokens } from "marked";

/** The folder of the project. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** A fenced block of code, and where it stands. */
export interface CodeBlock {
  /** The file, relative to the project, with `/`. */
  readonly file: string;
  /** Of the first line of the code, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

/** A table, its cells as they are written. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A Markdown page of the project. */
export class Page {
  /** Relative to the project, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly #tokens: TokensList;

  constructor(path: string) {
    this.path = path;
    this.text = readFileSync(join(root, path), "utf8").replaceAll("\r\n", "\n");
    this.#tokens = lexer(this.text);
  }

  /** The names that a link to this page may have behind its `#`, as GitHub makes them. */
  get anchors(): readonly string[] {
    const slugger = new GithubSlugger();
    return this.#all<Tokens.Heading>("heading").map(({ text }) => slugger.slug(plainText(text)));
  }

  get codeBlocks(): readonly CodeBlock[] {
    let from = 0;
    return this.#all<Tokens.Code>("code")
      .filter(({ raw }) => raw.trimStart().startsWith("```"))
      .map(({ raw, lang, text }) => {
        from = this.text.indexOf(raw, from);
        const line = this.text.slice(0, from).split("\n").length + 1;
        from += raw.length;
        return { file: this.path, line, language: lang ?? "", code: `${text}\n` };
      });
  }

  /** Where the page leads to, images included. */
  get links(): readonly string[] {
    return [...this.#all<Tokens.Link>("link"), ...this.#all<Tokens.Image>("image")].map(({ href }) => href);
  }

  /** What stands between single backticks. */
  get inlineCode(): readonly string[] {
    return this.#all<Tokens.Codespan>("codespan").map(({ text }) => text);
  }

  get tables(): readonly Table[] {
    return this.#all<Tokens.Table>("table").map(({ header, rows }) => ({
      header: header.map(({ text }) => text),
      rows: rows.map((row) => row.map(({ text }) => text)),
    }));
  }

  /** The tables whose first column has this heading. */
  tablesOf(heading: string): readonly Table[] {
    return this.tables.filter(({ header }) => header[0] === heading);
  }

  /** All names in backticks in the first column of the tables that have this heading. */
  namesOf(heading: string): readonly string[] {
    return this.tablesOf(heading).flatMap(({ rows }) => rows.flatMap(([cell]) => codeIn(cell!)));
  }

  #all<T extends Token>(type: T["type"]): T[] {
    const found: T[] = [];
    void walkTokens(this.#tokens, (token) => {
      if (token.type === type) found.push(token as T);
    });
    return found;
  }
}

/** The examples in the comments of sources from which an entry of the package takes a name. */
export function examplesInSources(): CodeBlock[] {
  const entries = ["lib/index.ts", "lib/emulator/index.ts"].map((path) =>
    readFileSync(join(root, path), "utf8"),
  );
  const files = filesIn("lib", true, ".ts");
  // The comments of an interface are those of the class that implements it, too.
  const implemented = files.flatMap((path) =>
    [...readFileSync(join(root, path), "utf8").matchAll(/^export class .* implements .*/gm)].map(
      ([line]) => line,
    ),
  );
  const shown = [...entries, ...implemented];
  const isPublic = (path: string): boolean => {
    const names = readFileSync(join(root, path), "utf8").matchAll(/^export \w+ (?:function )?(\w+)/gm);
    return [...names].some(([, name]) => shown.some((entry) => new RegExp(`\\b${name}\\b`).test(entry)));
  };
  return files.filter(isPublic).flatMap((file) => {
    const source = readFileSync(join(root, file), "utf8").replaceAll("\r\n", "\n");
    return [...source.matchAll(/^ *\* ```(\w+)\n([\s\S]*?)^ *\* ```$/gm)].map(
      ({ index, 1: language, 2: lines }) => ({
        file,
        line: source.slice(0, index).split("\n").length + 1,
        language: language!,
        code: lines!.replace(/^ *\* ?/gm, ""),
      }),
    );
  });
}

/** The sources of the library, without what is written in another language. */
export function sources(): { readonly path: string; readonly text: string }[] {
  return filesIn("lib", true, ".ts")
    .filter((path) => !path.includes("/assembly/"))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** What a cell has in backticks. */
export function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
}

/** A heading without its marks. */
function plainText(heading: string): string {
  return heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "");
}

/** Every Markdown file at the top of the project, and every one in `docs/`, `bench/` and `.github/`. */
export const pages: readonly Page[] = [
  ...filesIn("", false),
  ...filesIn("docs", true),
  ...filesIn("bench", false),
  ...filesIn(".github", true),
].map((path) => new Page(path));

export function page(path: string): Page {
  const found = pages.find((each) => each.path === path);
  if (found === undefined) throw new Error(`there is no page ${path}`);
  return found;
}

/** Where a relative link of a page leads to, relative to the project. */
export function targetOf(from: Page, link: string): { readonly path: string; readonly anchor: string } {
  const [path = "", anchor = ""] = link.split("#");
  return {
    path: path === "" ? from.path : posix.join(posix.dirname(from.path), decodeURI(path)),
    anchor: decodeURIComponent(anchor),
  };
}

function filesIn(folder: string, recursive: boolean, ending = ".md"): string[] {
  let found: string[];
  try {
    found = readdirSync(join(root, folder), { recursive, encoding: "utf8" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return found
    .filter((name) => name.endsWith(ending) && dirname(name) !== "node_modules")
    .map((name) => relative(root, join(root, folder, name)).replaceAll("\\", "/"))
    .sort();
}
