import type { Exchange } from "./framing.ts";
import type { Ledger } from "./ledger.ts";

const XML = "Content-Type: application/xml\r\n";
const NO_MD5 = "0123456789abcdef0123456789abcdef";
/** By which COS's answers are told from those of proxies. */
const MARK = "x-cos-request-id: bench\r\n";

/**
 * Answers as COS, S3 and OSS would, each client taking of it what it knows. Nothing is computed: the ETag is the Content-MD5
 * that came, and there is no CRC64.
 */
export function answer(exchange: Exchange, ledger: Ledger): string {
  const { method, url, bytes, body } = exchange;
  const { pathname, searchParams: query } = new URL(url, "http://bench");
  const key = pathname.slice(pathname.lastIndexOf("/") + 1);
  if (exchange.header("content-encoding")?.includes("aws-chunked")) return reply("501 Not Implemented");
  if (method === "PUT") {
    ledger.add(key, Number(query.get("partNumber") ?? 1), bytes, body);
    if (!query.has("uploadId")) ledger.complete(key);
    return reply("200 OK", `ETag: "${etag(exchange)}"\r\n`);
  }
  if (method === "POST" && query.has("uploads")) {
    ledger.begin(key);
    return xml(
      "InitiateMultipartUploadResult",
      `<Bucket>bench</Bucket><Key>${key}</Key><UploadId>bench</UploadId>`,
    );
  }
  if (method === "POST") {
    ledger.complete(key);
    const place = `<Location>http://bench/${key}</Location><Bucket>bench</Bucket><Key>${key}</Key>`;
    return xml("CompleteMultipartUploadResult", `${place}<ETag>"${NO_MD5}-1"</ETag>`);
  }
  if (method === "GET") return xml("ListMultipartUploadsResult", "<IsTruncated>false</IsTruncated>");
  const object = ledger.object(key);
  if (object === undefined) return reply("404 Not Found");
  const { bytes: length, requests } = object;
  return `HTTP/1.1 200 OK\r\n${MARK}Content-Length: ${length}\r\nETag: "${NO_MD5}-${requests}"\r\n\r\n`;
}

function etag(exchange: Exchange): string {
  const md5 = exchange.header("content-md5");
  return md5 === undefined ? NO_MD5 : Buffer.from(md5, "base64").toString("hex");
}

function xml(root: string, content: string): string {
  return reply("200 OK", XML, `<${root}>${content}</${root}>`);
}

function reply(status: string, headers = "", body = ""): string {
  return `HTTP/1.1 ${status}\r\n${MARK}${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
}
