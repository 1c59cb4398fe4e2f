import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { page, root } from "./pages.ts";

/** Rows of the README → rows of the benchmarks. */
const ROWS = [
  ["cos-upload-stream", "cos-upload-stream"],
  ["`@aws-sdk/lib-storage`", "lib-storage"],
  ["official SDK", "official SDK, sliceUploadFile"],
] as const;

const readme = page("README.md");
const { date, commit } = JSON.parse(readFileSync(join(root, "bench/results/figures.json"), "utf8"))
  .environment as { date: string; commit: string };

/** A number of a table of the benchmarks: the first or the second table with this column. */
function measured(table: number, row: string, column: string): string {
  const { header, rows } = page("bench/README.md").tables.filter(({ header }) =>
    header.includes("CPU s/GiB"),
  )[table]!;
  return rows.find(([name]) => name === row)![header.indexOf(column)]!;
}

test("the README's figures are those of the last full run of the benchmarks", () => {
  const { rows } = readme.tables.find(({ header }) => header.includes("TLS"))!;
  const expected = ROWS.map(([, row]) => [
    `${measured(0, row, "MiB/s")} MiB/s`,
    `${measured(0, row, "CPU s/GiB")} s/GiB`,
    `${measured(1, row, "MiB/s")} MiB/s`,
  ]);
  assert.deepEqual(
    rows.map(([, ...figures]) => figures),
    expected,
  );
  for (const [index, [name]] of ROWS.entries()) assert.ok(rows[index]![0]!.startsWith(name));
});

test("the README says when and at which commit they were measured", () => {
  assert.ok(readme.text.includes(`on ${date}, at commit ${commit}`));
});

test("the README can be read in a minute: 150 lines at most", () => {
  assert.ok(readme.text.trimEnd().split("\n").length <= 150);
});
