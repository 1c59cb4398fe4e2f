import { readFile, writeFile } from "node:fs/promises";
import type { Kind } from "./place.ts";

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

/** Puts the table into the page. */
export async function writeTable(rows: readonly Row[]): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  const before = page.slice(0, page.indexOf(BEGIN) + BEGIN.length);
  const after = page.slice(page.indexOf(END));
  await writeFile(PAGE, `${before}\n\n${tableOf(rows)}\n${after}`);
}
