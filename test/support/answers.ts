import fc from "fast-check";
import { text } from "./arbitraries.ts";
import { CRC64, ETAG } from "./hostile.ts";

const field = (name: string, value: string): string => `<${name}>${value}</${name}>`;
const part = (number: number): string =>
  field("Part", `${field("PartNumber", String(number))}${field("ETag", ETAG)}${field("Size", "1048576")}`);
const upload = (key: string): string =>
  field(
    "Upload",
    `${field("Key", key)}${field("UploadId", "1585130821")}${field("Initiated", "2020-03-25T10:07:01.000Z")}`,
  );

/** Good answers, one of each kind. */
export const DOCUMENTS: readonly string[] = [
  field("InitiateMultipartUploadResult", `${field("Key", "k")}${field("UploadId", "1585130821cbb7df1d11")}`),
  `   \n ${field("CompleteMultipartUploadResult", `${field("Location", "http://a/k")}${field("ETag", ETAG)}`)}`,
  field("ListPartsResult", `${field("IsTruncated", "false")}${part(1)}${part(2)}`),
  field("ListPartsResult", `${field("IsTruncated", "true")}${field("NextPartNumberMarker", "1")}${part(1)}`),
  field("ListMultipartUploadsResult", `${field("EncodingType", "url")}${upload("a%20b")}${upload("%E5")}`),
  `<?xml version="1.0"?>${field("Error", `${field("Code", "SlowDown")}${field("Message", "Slow &lt;down&gt;")}`)}`,
];

/** What documents are broken with. */
const SHRAPNEL = [
  ..."<>&;/!?[]-'\"=#x \n\0\u{1f600}",
  "<![CDATA[",
  "]]>",
  "<!--",
  "-->",
  "<!DOCTYPE a [<!ENTITY b 'c'>]>",
  "<?xml",
  "?>",
  "&amp;",
  "&#0;",
  "&#x110000;",
  "&#xD800;",
  "&b;",
  "<a b='",
  "<__proto__>",
  "</__proto__>",
  "<constructor><prototype><x>1</x></prototype></constructor>",
  "<toString/>",
  "<a:b xmlns:a='c'>",
  "<Part>",
  "</Part>",
  "<Upload/>",
  "<Part/>",
  "<Size>-1</Size>",
  "<Size>1e999</Size>",
  "<Key/>",
  "<UploadId/>",
  "<IsTruncated>true</IsTruncated>",
];

/** A good document after some accidents: pieces cut out, doubled, or thrown in. */
const damaged: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...DOCUMENTS),
    fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        cut: fc.nat(30),
        put: fc.constantFrom("", ...SHRAPNEL),
      }),
      { maxLength: 6 },
    ),
  )
  .map(([document, accidents]) =>
    accidents.reduce((rest, { at, cut, put }) => {
      const from = Math.floor(at * rest.length);
      return rest.slice(0, from) + put + rest.slice(from + (put === "" ? cut : 0));
    }, document),
  );

const name = fc.oneof(
  fc.constantFrom(
    "a",
    "Part",
    "Key",
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "#text",
    "a:b",
    "-",
    "1",
  ),
  fc.string({ maxLength: 5 }),
);
const tree = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc
    .tuple(name, tie("content"), name)
    .map(([open, content, close]) =>
      close.length > 3 ? `<${open}>${content}</${open}>` : `<${open}>${content}</${close}>`,
    ),
  content: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom("", ...SHRAPNEL),
    fc.array(tie("element"), { maxLength: 4 }).map((elements) => elements.join("")),
  ),
})).element;

/** Anything that may stand where a document should. */
export const nearXml: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: damaged },
  { weight: 2, arbitrary: tree },
  text(),
  fc.string({ unit: "binary" }),
  fc
    .tuple(fc.constantFrom("<a>", "<a b='c'", "&lt;", "</a>", "<!--", " ", "<a/>"), fc.nat(3000))
    .map(([s, n]) => s.repeat(n)),
);

/** Names of headers that are looked at, and some that JavaScript's objects have. */
const HEADER_NAMES = [
  "ETag",
  "x-cos-hash-crc64ecma",
  "x-cos-request-id",
  "x-cos-trace-id",
  "x-cos-error-code",
  "x-cos-version-id",
  "x-cos-storage-class",
  "x-cos-meta-a",
  "X-Cos-Meta-__proto__",
  "Retry-After",
  "Date",
  "Last-Modified",
  "Location",
  "Content-Type",
  "Content-Encoding",
  "Content-Length",
  "Transfer-Encoding",
  "Connection",
  "Keep-Alive",
  "__proto__",
  "constructor",
  "hasOwnProperty",
];

const HEADER_VALUES = [
  "",
  ETAG,
  CRC64,
  "0",
  "-1",
  "1e3",
  "007",
  "18446744073709551616",
  "9".repeat(400),
  "Infinity",
  "NaN",
  "null",
  "1, 1",
  "gzip",
  "chunked",
  "close",
  "timeout=99999999999999999999",
  "http://[",
  "https://user:password@other.example/k",
  "javascript:1",
  "Thu, 01 Jan 1970 00:00:00 GMT",
  "Fri, 31 Dec 99999 23:59:59 GMT",
  "+275760-09-13T00:00:00.001Z",
  "-271821-04-20T00:00:00Z",
  "yesterday",
  "\u00e9\u00ff",
  "\t x \t",
];

export const answerHeaders: fc.Arbitrary<readonly (readonly [string, string])[]> = fc
  .array(
    fc.tuple(
      fc.constantFrom(...HEADER_NAMES),
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...HEADER_VALUES) },
        // Bytes, but not those that end the header.
        fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) }),
      ),
    ),
    { maxLength: 6 },
  )
  .map((headers) => headers.map(([header, value]) => [header, value.replace(/[\r\n]/g, "")] as const));

/** All bytes of an answer. */
export const answerBytes: fc.Arbitrary<Buffer> = fc
  .record({
    status: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(200, 204, 301, 304, 400, 403, 404, 412, 500, 503) },
      fc.integer({ min: 0, max: 999 }),
    ),
    headers: answerHeaders,
    // Without it, hardly any answer is taken for one of COS's.
    marks: fc.constantFrom("x-cos-request-id: id\r\n", "x-cos-request-id: id\r\n", ""),
    framing: fc.constantFrom("length", "length", "length", "chunked", "none"),
    body: fc.oneof(
      { weight: 3, arbitrary: nearXml.map((document) => Buffer.from(document)) },
      fc.uint8Array().map(Buffer.from),
    ),
  })
  .map(({ status, headers, marks, framing, body }) => {
    const lines = headers.map(([header, value]) => `${header}: ${value}\r\n`).join("");
    const length = {
      length: `Content-Length: ${body.length}\r\n`,
      chunked: "Transfer-Encoding: chunked\r\n",
      none: "",
    };
    const head = `HTTP/1.1 ${String(status).padStart(3, "0")} X\r\n${length[framing as keyof typeof length]}${marks}${lines}\r\n`;
    const content =
      framing === "chunked" ? [`${body.length.toString(16)}\r\n`, body, "\r\n0\r\n\r\n"] : [body];
    return Buffer.concat([
      Buffer.from(head, "latin1"),
      ...content.map((piece) => Buffer.from(piece as string)),
    ]);
  });
