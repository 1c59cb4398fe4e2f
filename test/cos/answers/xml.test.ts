import assert from "node:assert/strict";
import { before, test } from "node:test";
import { buildXml, listOf, loadXml, parseXml, textOf } from "../../../lib/cos/answers/xml.ts";

before(loadXml);

const contentOf = (text: string) => parseXml(text)?.content ?? {};

test("white space before the document, which keeps a connection alive, is skipped", () => {
  assert.equal(parseXml(' \n\r\n  <?xml version="1.0"?>\n<A xmlns="x"><B>1</B></A>\n')?.root, "A");
});

test("what looks like a number stays the text that it is", () => {
  const text = "<A><B>0123</B><C>18446744073709551615</C><D>1e5</D><E>0x1f</E><F>true</F></A>";
  const { B, C, D, E, F } = contentOf(text);
  assert.deepEqual([B, C, D, E, F], ["0123", "18446744073709551615", "1e5", "0x1f", "true"]);
});

test("entities are resolved once", () => {
  const { ETag, Key } = contentOf(
    "<A><ETag>&quot;a-1&quot;</ETag><Key>&amp;lt;&#65;&#x42;&lt;&gt;&apos;</Key></A>",
  );
  assert.deepEqual([ETag, Key], ['"a-1"', "&lt;AB<>'"]);
});

test("one repeated element is a list as well, and none is an empty one", () => {
  const one = contentOf("<A><Part><PartNumber>1</PartNumber></Part></A>");
  const two = contentOf("<A><Part><B>1</B></Part><Part><B>2</B></Part></A>");
  assert.deepEqual(listOf(one, "Part"), [{ PartNumber: "1" }]);
  assert.deepEqual(listOf(two, "Part"), [{ B: "1" }, { B: "2" }]);
  assert.deepEqual(listOf(contentOf("<A/>"), "Part"), []);
  assert.deepEqual(listOf(contentOf("<A><Part/></A>"), "Part"), []);
});

test("the text of an element is undefined where there is none", () => {
  const element = contentOf("<A><B/><C></C><D><E>1</E></D><F>x</F></A>");
  for (const name of ["B", "C", "D", "G", "toString", "__proto__"])
    assert.equal(textOf(element, name), undefined);
  assert.equal(textOf(element, "G", "F"), "x");
});

for (const [what, text] of Object.entries({
  "an empty text": "",
  "white space": " \n",
  "no document": "hello",
  JSON: '{"a":1}',
  "half a document": "<A><B>1</B>",
  "a half tag": "<A><B>1</B></A",
  "tags that cross": "<A><B></A></B>",
  "two roots": "<A/><B/>",
  "a document type": "<!DOCTYPE A><A/>",
  "a document type in lower case": "<!doctype a><A/>",
  "entities of its own": '<!DOCTYPE A [<!ENTITY b "c">]><A>&b;</A>',
  "an external entity": '<!DOCTYPE A [<!ENTITY b SYSTEM "file:///etc/passwd">]><A>&b;</A>',
})) {
  test(`${what} is no answer`, () => {
    assert.equal(parseXml(text), undefined);
  });
}

test("a document may have 100,000 tags, and no more", () => {
  const text = (tags: number): string => `<A>${"<B/>".repeat(tags - 2)}</A>`;
  assert.equal((contentOf(text(100_000)).B as unknown[]).length, 99_998);
  assert.equal(parseXml(text(100_001)), undefined);
});

test("names that objects have are not reached into", () => {
  for (const name of ["__proto__", "constructor", "prototype"]) {
    parseXml(`<A><${name}><polluted>1</polluted></${name}></A>`);
    parseXml(`<${name}><polluted>1</polluted></${name}>`);
  }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

test("each element that repeats in an answer of COS is a list when there is one", () => {
  for (const name of ["Part", "Upload", "CommonPrefixes"]) {
    assert.deepEqual(listOf(contentOf(`<A><${name}><B>1</B></${name}></A>`), name), [{ B: "1" }]);
  }
});

test("attributes are not read", () => {
  assert.deepEqual(contentOf('<A b="1"><C d="2"><E>x</E></C></A>'), { C: { E: "x" } });
});

test("a document is built without white space, its lists as repeated elements, its text escaped", () => {
  const Part = [{ ETag: '"a"' }, { ETag: "<b>&" }];
  const text = buildXml({ A: { Part, C: "d" } });
  assert.match(
    text,
    /^<A><Part><ETag>\S+<\/ETag><\/Part><Part><ETag>&lt;b&gt;&amp;<\/ETag><\/Part><C>d<\/C><\/A>$/,
  );
  assert.deepEqual(parseXml(text), { root: "A", content: { Part, C: "d" } });
});

test("a module that has not loaded the package yet says so", async () => {
  const another: string = "../../../lib/cos/answers/xml.ts?not-loaded";
  const { parseXml: parse } = (await import(another)) as { parseXml: typeof parseXml };
  assert.throws(() => parse("<A/>"), { message: "loadXml was not awaited" });
});
