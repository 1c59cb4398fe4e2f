import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { type CosClient, type CosUploadError, createUploadStream } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { KEYS } from "../support/client.ts";
import { CRC64, useHostile } from "../support/hostile.ts";
import { answer, onRequests, type RecordedRequest, serveSockets } from "../support/raw-server.ts";

/** More than any listing of these may ask for. A server that was asked so often ends its listing, so that a test can fail. */
const ENOUGH = 1500;
const BUCKET = { bucket: "examplebucket-1250000000", region: "ap-beijing", credentials: KEYS };

/** A page of a listing. */
interface Page {
  /** Where it says that the next page begins. */
  readonly next: string;
  readonly items: string;
}

const part = (partNumber: number): string =>
  `<Part><PartNumber>${partNumber}</PartNumber><ETag>"x"</ETag><Size>${MIB}</Size></Part>`;
const upload = (uploadId: string, key = "k"): string =>
  `<Upload><Key>${key}</Key><UploadId>${uploadId}</UploadId></Upload>`;
const afterPart = (marker: number | string, items = ""): Page => ({
  next: `<NextPartNumberMarker>${marker}</NextPartNumberMarker>`,
  items,
});
const afterUpload = (key: string, uploadId: string, items = ""): Page => ({
  next: `<NextKeyMarker>${key}</NextKeyMarker><NextUploadIdMarker>${uploadId}</NextUploadIdMarker>`,
  items,
});

/** Listings of parts that never end, or are none: the n-th page, from 0, and what the error must say of it. */
const ofParts: Readonly<Record<string, readonly [page: (n: number) => Page, says: RegExp]>> = {
  "repeats its marker": [() => afterPart(1, part(1)), /number 1 after 1/],
  "runs in a circle of three": [(n) => afterPart((n % 3) + 1, part((n % 3) + 1)), /number 1 after 3/],
  "goes back without parts": [(n) => afterPart(9000 - n), /marker is 8999.* 9000/],
  "runs in a circle without parts": [(n) => afterPart((n % 3) + 1), /marker is 1.* 3/],
  "goes back": [(n) => afterPart(9000 - n, part(9000 - n)), /number 8999 after 9000/],
  "grows beyond the last part number": [(n) => afterPart(10_000 + n), /10001/],
  "jumps beyond the last part number": [() => afterPart(Number.MAX_SAFE_INTEGER), /9007199254740991/],
  "grows without listing anything": [(n) => afterPart(n + 1), /lists? nothing/],
  "grows part by part for ever": [
    (n) => afterPart(99 * (n + 1), part(99 * (n + 1))),
    /number 10098 after 9999/,
  ],
  "has no marker": [() => ({ next: "", items: part(1) }), /NextPartNumberMarker/],
  "has a marker that is no number": [() => afterPart("x", part(1)), /NextPartNumberMarker/],
  "lists the same parts again behind new markers": [(n) => afterPart(n + 1, part(1)), /number 1 after 1/],
  "lists parts of another order": [() => afterPart(9, part(2) + part(1)), /number 1 after 2/],
  "lists a part twice": [() => afterPart(9, part(2) + part(2)), /number 2 after 2/],
  "lists a part 0": [() => afterPart(9, part(0)), /number 0 after/],
  "lists a part beyond the last number": [() => afterPart(9, part(10_001)), /number 10001 after/],
};

/** The same of uploads. */
const ofUploads: typeof ofParts = {
  "repeats its marker": [() => afterUpload("k", "id", upload("id")), /marker/],
  "runs in a circle of keys": [
    (n) => afterUpload(`k${n % 3}`, "id", upload("id", `k${n % 3}`)),
    /marker is "k0".*"k2"/,
  ],
  "runs in a circle of ids": [(n) => afterUpload("k", `${n % 3}`, upload(`${n % 3}`)), /"k" "0".*"k" "2"/],
  "runs in a circle without uploads": [(n) => afterUpload("k", `${n % 3}`), /"k" "0".*"k" "2"/],
  "goes back in its keys": [(n) => afterUpload(`k${90_000 - n}`, "id", upload("id")), /"k89999".*"k90000"/],
  "goes back in its ids": [(n) => afterUpload("k", `${90_000 - n}`, upload("id")), /"89999".*"90000"/],
  "orders keys as JavaScript does, and COS does not": [
    (n) => afterUpload(n % 2 === 0 ? "k\u{1f600}" : "k\uffee", "id", upload("id")),
    /marker/,
  ],
  "grows without listing anything": [(n) => afterUpload(`k${10 ** 8 + n}`, "id"), /lists? nothing/],
  "has no marker": [() => ({ next: "", items: upload("id") }), /NextKeyMarker/],
};

type Listing = (socket: Socket) => void;

/** Answers with one page after another. */
function serve(root: string, page: (n: number) => Page): Listing {
  let asked = 0;
  return (socket) => {
    const { next, items } = page(asked);
    const isTruncated = ++asked < ENOUGH;
    const text = `<${root}><IsTruncated>${isTruncated}</IsTruncated>${next}${items}</${root}>`;
    socket.write(answer("200 OK", { "x-cos-request-id": "id" }, text));
  };
}

async function readAll(listing: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of listing);
}

const asks: Readonly<
  Record<string, readonly [typeof ofParts, root: string, (client: CosClient) => AsyncIterable<unknown>]>
> = {
  "List Parts": [ofParts, "ListPartsResult", (client) => client.listParts({ key: "k", uploadId: "id" })],
  "List Multipart Uploads": [
    ofUploads,
    "ListMultipartUploadsResult",
    (client) => client.listMultipartUploads(),
  ],
};

for (const [operation, [pages, root, ask]] of Object.entries(asks)) {
  for (const [what, [page, says]] of Object.entries(pages)) {
    test(`a ${operation} that ${what} ends with an error that says so`, async (t) => {
      const { client, requests } = await useHostile(t, serve(root, page), { retry: { maxAttempts: 1 } });
      await assert.rejects(readAll(ask(client)), { code: "ERR_COS_BAD_RESPONSE", message: says });
      assert.ok(requests.length <= 200, `${requests.length} requests`);
    });
  }
}

test("one bad page is asked for again, and the listing goes on", async (t) => {
  const pages = [afterPart(1, part(1)), afterPart(1, part(1)), afterPart(2, part(2))];
  const good = serve("ListPartsResult", (n) => pages[n] ?? afterPart(3, part(3)));
  let asked = 0;
  const { client } = await useHostile(t, (socket) => {
    asked += 1;
    if (asked < 4) good(socket);
    else socket.write(answer("200 OK", {}, `<ListPartsResult>${part(3)}</ListPartsResult>`));
  });
  const numbers: number[] = [];
  for await (const { partNumber } of client.listParts({ key: "k", uploadId: "id" })) numbers.push(partNumber);
  assert.deepEqual([numbers, asked], [[1, 2, 3], 4]);
});

interface Ended {
  readonly error: CosUploadError;
  readonly requests: readonly RecordedRequest[];
}

/** Runs an upload against a server that answers every listing in the same way, and anything else as COS does. */
async function endOf(
  t: TestContext,
  listing: Listing,
  options: Partial<Parameters<typeof createUploadStream>[0]>,
  onPart?: (destroy: () => void) => void,
): Promise<Ended> {
  const requests: RecordedRequest[] = [];
  const server = await serveSockets(t, (socket) =>
    onRequests(socket, (request) => {
      requests.push(request);
      const { requestLine } = request;
      if (requestLine.startsWith("GET")) listing(socket);
      else if (requestLine.startsWith("DELETE"))
        socket.write(answer("204 No Content", { "x-cos-request-id": "id" }));
      else if (requestLine.startsWith("POST"))
        socket.write(
          answer(
            "200 OK",
            {},
            "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>",
          ),
        );
      else if (requestLine.startsWith("PUT") && onPart !== undefined) onPart(() => void stream.destroy());
      else socket.write(answer("200 OK", { ETag: '"x"', "x-cos-hash-crc64ecma": CRC64 }));
    }),
  );
  const retry = { maxAttempts: 1 };
  const stream = createUploadStream({ ...BUCKET, endpoint: server.url, key: "k", retry, ...options });
  const closed = new Promise<void>((resolve) => stream.once("close", resolve));
  stream.end(seededBytes(2 * MIB));
  const error = await stream.done.then(
    () => assert.fail("it finished"),
    (reason: CosUploadError) => reason,
  );
  await closed;
  return { error, requests };
}

for (const [what, [page, says]] of Object.entries(ofParts)) {
  test(`to resume an upload whose List Parts ${what} fails, and says so`, async (t) => {
    const { error } = await endOf(t, serve("ListPartsResult", page), { resume: { uploadId: "id" } });
    assert.equal(error.code, "ERR_COS_BAD_RESPONSE");
    assert.match(error.message, says);
  });

  test(`cleaning up ends though List Parts ${what}`, async (t) => {
    const { error, requests } = await endOf(
      t,
      serve("ListPartsResult", page),
      { partSize: MIB, key: "k" },
      (destroy) => destroy(),
    );
    assert.equal(error.code, "ERR_COS_DESTROYED");
    const listings = requests.filter(({ requestLine }) => requestLine.startsWith("GET"));
    assert.ok(listings.length <= 300, `${listings.length} listings`);
  });
}

for (const [what, [page, says]] of Object.entries(ofUploads)) {
  test(`to resume the latest upload fails, and says so, when List Multipart Uploads ${what}`, async (t) => {
    const { error } = await endOf(t, serve("ListMultipartUploadsResult", page), { resume: "latest" });
    assert.equal(error.code, "ERR_COS_BAD_RESPONSE");
    assert.match(error.message, says);
  });
}

test("the latest upload is not looked for among uploads without end", async (t) => {
  const id = (n: number): string => String(10 ** 8 + n);
  const page = (n: number): Page => afterUpload("k", id(n), upload(id(n)));
  const { error, requests } = await endOf(t, serve("ListMultipartUploadsResult", page), { resume: "latest" });
  assert.equal(error.code, "ERR_COS_RESUME");
  assert.match(error.message, /resume: \{ uploadId \}/);
  assert.ok(requests.length <= 1001, `${requests.length} requests`);
});
