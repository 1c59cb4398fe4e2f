import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pages, root, targetOf } from "./pages.ts";

const isExternal = (link: string): boolean => /^[a-z]+:/.test(link);

for (const page of pages) {
  test(`every link of ${page.path} leads to a file and an anchor that exist`, () => {
    const broken = page.links
      .filter((link) => !isExternal(link))
      .filter((link) => {
        const { path, anchor } = targetOf(page, link);
        if (!existsSync(join(root, path))) return true;
        if (anchor === "") return false;
        return !pages.find((each) => each.path === path)?.anchors.includes(anchor);
      });
    assert.deepEqual(broken, []);
  });
}

test("every link to another site is an https address", () => {
  const others = pages.flatMap(({ links }) => links).filter(isExternal);
  assert.ok(others.length > 10);
  assert.deepEqual(
    others.filter((link) => !URL.canParse(link) || new URL(link).protocol !== "https:"),
    [],
  );
});

test("every page of docs/ is reached from its index, and the index from the README", () => {
  const index = pages.find(({ path }) => path === "docs/README.md")!;
  const reached = index.links.map((link) => targetOf(index, link).path);
  const missing = pages
    .map(({ path }) => path)
    .filter((path) => path.startsWith("docs/") && path !== index.path && !reached.includes(path));
  assert.deepEqual(missing, []);
  assert.ok(pages.find(({ path }) => path === "README.md")!.links.includes("docs/README.md"));
});
