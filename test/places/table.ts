import { readFile, writeFile } from "node:fs/promises";
import type { Kind } from "./place.ts";
import { places } from "./places.ts";

export interface Row {
  readonly kind: Kind;
  readonly name: string;
  readonly versions: readonly string[];
  /** `12 of 12`, `failed` or `not run`. */
  readonly result: string;
  readonly hashing: string;
  readonly note: string;
}

const PAGE = new URL("../../docs/places.md", import.meta.url);
const BEGIN = "<!-- made by `npm run check:places -- --write` -->";
const END = "<!-- end -->";

const HEADINGS: Readonly<Record<Kind, string>> = {
  "installed by": "Installed by",
  "bundled by": "Bundled by",
  "run by": "Run by",
  "tested by": "Tested by",
};

/** A table in Markdown, of one section for each kind of place. */
export function tableOf(rows: readonly Row[]): string {
  const sections = Object.entries(HEADINGS).map(([kind, heading]) => {
    const lines = rows
      .filter((row) => row.kind === kind)
      .map(({ name, versions, result, hashing, note }) =>
        [name, versions.join(", "), result, hashing && `\`${hashing}\``, note].join(" | "),
      );
    if (lines.length === 0) return "";
    const head = `| ${heading} | versions | steps | hashing | what to know |\n|---|---|---|---|---|\n`;
    return `${head}${lines.map((line) => `| ${line} |\n`).join("")}`;
  });
  return sections.filter((section) => section !== "").join("\n");
}

/** Puts rows into the table of the page; those of other places stay. */
export async function writeTable(rows: readonly Row[]): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  const from = page.indexOf(BEGIN) + BEGIN.length;
  const to = page.indexOf(END);
  const all = places
    .map(({ name }) => [...rows, ...rowsOf(page.slice(from, to))].find((row) => row.name === name))
    .filter((row) => row !== undefined);
  await writeFile(PAGE, `${page.slice(0, from)}\n\n${tableOf(all)}\n${page.slice(to)}`);
}

/** The rows of a table in Markdown. */
export function rowsOf(table: string): Row[] {
  return table.split(/\n\n/).flatMap((section) => {
    const [head, , ...lines] = section
      .trim()
      .split("\n")
      .map((line) => line.split("|").slice(1, -1));
    const kind = (Object.keys(HEADINGS) as Kind[]).find((each) => HEADINGS[each] === head?.[0]?.trim());
    if (kind === undefined) return [];
    return lines.map((cells) => {
      const [name = "", versions = "", result = "", hashing = "", note = ""] = cells.map((cell) =>
        cell.trim(),
      );
      return { kind, name, versions: [versions], result, hashing: hashing.replaceAll("`", ""), note };
    });
  });
}
