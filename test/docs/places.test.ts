import assert from "node:assert/strict";
import { test } from "node:test";
import { STEPS } from "../places/judge.ts";
import { places } from "../places/places.ts";
import { rowsOf } from "../places/table.ts";
import { pages } from "./pages.ts";

const page = pages.find(({ path }) => path === "docs/places.md")!;

test("the table of places has every place that is run, in order, and says what must be known there", () => {
  const rows = rowsOf(page.text);
  assert.deepEqual(
    rows.map(({ kind, name, note }) => ({ kind, name, note })),
    places.map((place) => ({
      kind: place.kind,
      name: place.name,
      note: ("because" in place ? place.because : place.note) ?? "",
    })),
  );
});

for (const [index, place] of places.entries()) {
  test(`the table says what came of the program: ${place.kind} ${place.name}`, () => {
    const { result, hashing, versions } = rowsOf(page.text)[index]!;
    const expected =
      "because" in place ? ["not run", ""] : [`${STEPS} of ${STEPS}`, place.hashing ?? "worker"];
    assert.deepEqual([result, hashing], expected);
    assert.equal(/\d/.test(versions.join()), "run" in place);
  });
}
