/**
 * A server that costs as little as Node can: it reads bodies, keeps nothing, and answers as COS would. The ETag is the
 * Content-MD5 it was sent; it computes nothing, so it tells no CRC64. Run as a process of its own; prints its port.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

let stored = 0;

const server = createServer((request, response) => {
  let received = 0;
  request.on("data", (chunk: Buffer) => {
    received += chunk.length;
  });
  request.on("end", () => {
    if (request.method === "PUT") stored += received;
    answer(request, response);
  });
});

function answer({ method, url = "", headers }: IncomingMessage, response: ServerResponse): void {
  if (method === "PUT") {
    const md5 = Buffer.from(String(headers["content-md5"]), "base64").toString("hex");
    response.setHeader("ETag", `"${md5}"`).end();
  } else if (method === "POST" && url.endsWith("?uploads")) {
    stored = 0;
    xml(response, "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>");
  } else if (method === "POST") {
    xml(response, '<CompleteMultipartUploadResult><ETag>"1-1"</ETag></CompleteMultipartUploadResult>');
  } else {
    response.setHeader("Content-Length", stored).setHeader("ETag", '"1-1"').end();
  }
}

function xml(response: ServerResponse, body: string): void {
  response.setHeader("Content-Type", "application/xml").end(body);
}

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.send?.(address.port);
});
process.on("disconnect", () => process.exit());
