import fc from "fast-check";

/** What a request target may be made of to lead somewhere else. */
const PIECES = [
  ".. . / // \\ %2e%2e %2E %2f %5c ..%2f %2e%2e%5c %252e%252e%252f outside secret etc/passwd file: http://",
  "%00 %0 % %zz %c0%ae %ff %ed%a0%80 %18 %1a %7f %0d%0a %09 %20 %E2%80%AE %F0%9F%98%80",
  "C: c:%5cwindows %5c%5c.%5cpipe%5c CON nul.txt aux COM1 LPT1.log $MFT a. a%20 ~ * |",
  "e%CC%81 %C3%A9 %E2%84%AA K k %C4%B0 i I %C3%9F ss",
  "cos-emulator.json objects uploads data temporary locks object __proto__",
  "a %61 + ; : @ & = # ' \" < > $(x)",
  `\`x\` ${"k".repeat(400)}`,
].flatMap((line) => line.split(" "));

/** Paths after their first slash, as they stand on a request line. */
export const targets: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...PIECES) },
      { weight: 1, arbitrary: bytesOf(fc.string({ maxLength: 3 })) },
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((pieces) => pieces.join(""));

/** Text that may stand on a request line: no blanks, no control characters, bytes of UTF-8 as they are. */
function bytesOf(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return text.map((plain) => Buffer.from(plain.replace(/[\0-\x20\x7f?]/g, "")).toString("latin1"));
}

/** What COS makes of a path, or the code it refuses it with. */
export function expectedOf(path: string): { key: string } | { code: string } {
  let key: string;
  try {
    const bytes = path.replace(/%([0-9A-Fa-f]{2})|(%)/g, (_, hex, lone) => {
      if (lone) throw new URIError();
      return String.fromCharCode(Number.parseInt(hex, 16));
    });
    key = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, "latin1"));
  } catch {
    return { code: "InvalidURI" };
  }
  if (Buffer.byteLength(key) > 850) return { code: "KeyTooLong" };
  if (/^[/\\]|[\x18-\x1b]/.test(key)) return { code: "InvalidObjectName" };
  return key === "" ? { code: "MethodNotAllowed" } : { key };
}
