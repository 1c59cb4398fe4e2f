import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./pages.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const manifest = JSON.parse(read("package.json")) as Record<string, object>;
const workflows = readdirSync(join(root, ".github", "workflows")).map((name) => `.github/workflows/${name}`);

for (const workflow of workflows) {
  const lines = read(workflow).split("\n");

  test(`${workflow} pins every action to a commit, and says which version that is`, () => {
    const used = lines.filter((line) => /\buses:/.test(line));
    assert.ok(used.length > 0);
    assert.deepEqual(
      used.filter((line) => !/uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)),
      [],
    );
  });

  test(`${workflow} may read, and nothing else`, () => {
    const permissions = read(workflow).match(/^ *permissions:\n((?: +.*\n)*)/gm);
    assert.deepEqual(permissions, ["permissions:\n  contents: read\n"]);
  });

  test(`${workflow} runs only scripts that package.json has`, () => {
    const scripts = lines.flatMap((line) => /run: npm run ([\w:-]+)/.exec(line)?.[1] ?? []);
    assert.deepEqual(
      scripts.filter((script) => !Object.hasOwn(manifest.scripts!, script)),
      [],
    );
  });
}

test("fields of package.json that would need an address are there, or RELEASING.md says that they are left out", () => {
  const releasing = read("RELEASING.md");
  for (const field of ["repository", "bugs", "homepage", "author"]) {
    assert.notEqual(field in manifest, releasing.includes(`\`${field}\``), field);
  }
});
