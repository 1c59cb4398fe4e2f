import fc from "fast-check";
import type { Farewell } from "./raw-socket.ts";

const START_LINES = [
  "PUT /key HTTP/1.0",
  "PUT /key HTTP/9.9",
  "PUT /key",
  "PUT key HTTP/1.1",
  "PUT  /key HTTP/1.1",
  "\r\n\r\n",
  "GET http://[::1/%zz HTTP/1.1",
  "OPTIONS * HTTP/1.1",
  "CONNECT a:1 HTTP/1.1",
  "TRACE / HTTP/1.1",
  "PRI * HTTP/2.0",
  "POST /key?uploads HTTP/1.1",
  "POST /key?uploadId=../x HTTP/1.1",
  "DELETE /key HTTP/1.1",
  "HEAD / HTTP/1.1",
  "GET /?uploads&max-uploads=-1 HTTP/1.1",
  "GET /?prefix=%zz HTTP/1.1",
  "PUT /?acl HTTP/1.1",
  "\x16\x03\x01\x02",
  "BREW /key HTTP/1.1",
  `GET /${"k".repeat(20_000)} HTTP/1.1`,
  `GET /?${"a&".repeat(5000)} HTTP/1.1`,
];

/** Headers by their names, some of them right. */
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  "Content-Length": ["4", "4000", "0", "", "4 4"],
  "Transfer-Encoding": ["chunked", "gzip, chunked", "\tchunked"],
  Expect: ["100-continue", "nonsense"],
  Connection: ["close", "upgrade"],
  Upgrade: ["h2c"],
  TE: ["x"],
  Host: ["\xff", "a, b"],
  Range: ["bytes=-"],
  Authorization: ["q-sign-algorithm=sha1"],
  Cookie: ["\t\t"],
  Expires: ["\x7f"],
  "Content-Type": ["\x80\xff"],
  "Content-MD5": ["****"],
  "x-cos-meta-": ["\x80"],
  "x-cos-tagging": ["%"],
  "x-cos-traffic-limit": ["1e999"],
  "x-cos-forbid-overwrite": ["true"],
  ["__proto__"]: ["x"],
  "": ["x"],
  " x": ["y", "\0"],
};

const HEADER_LINES = Object.entries(HEADERS).flatMap(([name, values]) =>
  values.map((value) => `${name}: ${value}`),
);

const BODY_PIECES = [
  "body",
  "4\r\nbody\r\n",
  "0\r\n\r\n",
  "0\r\n",
  "ffffffffffffffff\r\n",
  "-1\r\n",
  "4;\0\r\nbody",
  "\r\n",
  "x".repeat(3996),
  "4\r\nbo",
  "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
  "<Complete",
  "<!DOCTYPE a>",
];

const lines = fc.array(
  fc.oneof(
    fc.constantFrom("x", ...HEADER_LINES),
    fc
      .tuple(fc.string({ maxLength: 8 }), fc.string({ maxLength: 30, unit: "binary" }))
      .map((pair) => pair.join(": ")),
  ),
  { maxLength: 6 },
);

const starts = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: fc.constantFrom(...START_LINES) },
  { weight: 1, arbitrary: fc.string({ maxLength: 60, unit: "binary" }) },
);

const bodies = fc
  .array(fc.oneof(fc.constantFrom(...BODY_PIECES), fc.string({ maxLength: 50, unit: "binary" })), {
    maxLength: 4,
  })
  .map((pieces) => pieces.join(""));

/** What a client sends over one connection, and how it leaves. */
export interface RequestBytes {
  /** In place of a right one. */
  readonly start: string | undefined;
  /** After those that a right request needs. */
  readonly lines: readonly string[];
  readonly body: string;
  /** Where the bytes are cut in two packets, as a fraction. */
  readonly cut: number;
  /** How much of them is sent at all, as a fraction. */
  readonly sent: number;
  readonly farewell: Farewell;
}

const fraction = fc.double({ min: 0, max: 1, noNaN: true });

export const requestBytes: fc.Arbitrary<RequestBytes> = fc.record({
  start: starts,
  lines,
  body: bodies,
  cut: fraction,
  sent: fc.oneof(fc.constant(1), fraction),
  farewell: fc.constantFrom<Farewell>(
    "half-close when answered",
    "half-close when answered",
    "half-close",
    "reset",
  ),
});
