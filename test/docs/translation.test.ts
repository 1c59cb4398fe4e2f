import assert from "node:assert/strict";
import { posix } from "node:path";
import { test } from "node:test";
import { codeIn, pages, targetOf } from "./pages.ts";

const TRANSLATION = /\.zh-CN\.md$/;

/** A page and its translation. */
const pairs = pages
  .filter(({ path }) => TRANSLATION.test(path))
  .map((translated) => {
    const original = translated.path.replace(TRANSLATION, ".md");
    return { translated, original: pages.find(({ path }) => path === original)! };
  });

test("the README is there in Chinese", () => {
  assert.ok(pairs.some(({ original }) => original?.path === "README.md"));
});

for (const { translated, original } of pairs) {
  const name = translated.path;

  test(`${name} has the code blocks of its original`, () => {
    const codes = (page: typeof original): string[] =>
      page.codeBlocks.map(({ language, code }) => `${language}\n${code}`);
    assert.deepEqual(codes(translated), codes(original));
  });

  test(`${name} has the tables of its original: the same names, the same figures`, () => {
    const facts = (page: typeof original): string[][][] =>
      page.tables.map(({ rows }) =>
        rows.map((row) =>
          row.flatMap((cell) => [...codeIn(cell), ...(cell.match(/\d[\d.,]*/g) ?? [])].sort()),
        ),
      );
    assert.deepEqual(facts(translated), facts(original));
  });

  test(`${name} is as long as its original, and has its links`, () => {
    const lines = (page: typeof original): number => page.text.split("\n").length;
    assert.ok(Math.abs(lines(translated) - lines(original)) <= 5);
    const local = (page: typeof original): string[] =>
      page.links
        .filter((link) => !/^[a-z]+:/.test(link))
        .map((link) => targetOf(page, link).path)
        .filter((path) => path !== translated.path && path !== original.path)
        .sort();
    assert.deepEqual(local(translated), local(original));
  });

  test(`${name} and its original lead to each other`, () => {
    assert.ok(translated.links.includes(posix.basename(original.path)));
    assert.ok(original.links.includes(posix.basename(name)));
  });
}

test("a document of COS that a page of docs/ names is named in English and in Chinese", () => {
  const documents = (links: readonly string[], site: RegExp): string[] =>
    [...new Set(links.flatMap((link) => site.exec(link)?.[1] ?? []))].sort();
  for (const { path, links } of pages.filter(({ path }) => path.startsWith("docs/"))) {
    const english =
      /^https:\/\/(?:intl\.cloud\.tencent|www\.tencentcloud)\.com\/document\/[a-z]+\/(\d+\/\d+)/;
    const chinese = /^https:\/\/cloud\.tencent\.com\/document\/[a-z]+\/(\d+\/\d+)/;
    assert.deepEqual(documents(links, chinese), documents(links, english), path);
  }
});
