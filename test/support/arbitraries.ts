import fc from "fast-check";

/** Pieces that URLs, paths, XML and signatures treat in ways of their own. */
const EXOTIC = [
  ..."/%+ &=?#;,:@!'()*~-_.$[]{}|\\^`\"<>\t\n\r\0\x01\x17\x1c\x1f\x7f\x85\ufeff\ufffd\uffff\u2028",
  "..",
  "//",
  "/../",
  "/./",
  "%2e%2E",
  "%25",
  "%zz",
  "&amp;",
  "]]>",
  "<!--",
  "?uploads",
  "&uploadId=",
  "__proto__",
  "constructor",
  "é",
  "e\u0301",
  "腾讯云",
  "😀",
  "İ",
  "ß",
  "K",
];

/** Any text that has a UTF-8 form, with many of the pieces above. */
export function text(maxLength = 40): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...EXOTIC) },
    { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 4 }) },
    { weight: 1, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 8 }) },
  );
  return fc.array(piece, { maxLength }).map((pieces) => Buffer.from(pieces.join("")).toString());
}

/** Object keys that COS takes, of all Unicode. */
export function objectKey(): fc.Arbitrary<string> {
  return text()
    .map((key) => key.replace(/[\x18-\x1b]/g, "").replace(/^[/\\]+/, ""))
    .filter((key) => Buffer.byteLength(key) <= 850 && !standsForTheBucket(key));
}

/** Whether tidying the path leaves nothing of it, written without the path functions that the library asks. */
function standsForTheBucket(key: string): boolean {
  let depth = 0;
  for (const segment of key.split("/")) {
    if (segment === "..") depth = Math.max(0, depth - 1);
    else if (segment !== "" && segment !== ".") depth += 1;
  }
  return depth === 0;
}

/** What may stand in a header: printable ASCII, no space at its ends. */
export function headerValue(maxLength = 60): fc.Arbitrary<string> {
  return fc
    .string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
      maxLength,
    })
    .map((value) => value.trim());
}
