import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { PassThrough, type Readable, Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { describe, type TestContext, test } from "node:test";
import { Busboy } from "@fastify/busboy";
import busboy from "busboy";
import type { Emulator } from "../../lib/emulator/index.ts";
import { CosClient, CosUploadError, createUploadStream, type UploadStream } from "../../lib/index.ts";
import { MIB, seededBytes } from "../support/bytes.ts";
import { runScript } from "../support/child.ts";
import { digestOf, storedDigest, useEmulator } from "../support/emulator.ts";
import { serveHttp } from "../support/raw-server.ts";

const OLD = seededBytes(1000, 7);
const LIMIT = 3 * MIB;

/** How a source is connected. */
const WAYS: Readonly<Record<string, (source: Readable, upload: UploadStream) => Promise<unknown>>> = {
  pipe: (source, upload) => finished(source.pipe(upload)),
  pipeline: (source, upload) => pipeline(source, upload),
};

/** How an object is made: each must stay undone. */
const KINDS = {
  "in parts": { partSize: MIB },
  "in one request": { singlePut: true },
};

/** An emulator with an older object under the key, which must stay as it is. */
async function useOldObject(t: TestContext): Promise<Emulator> {
  let emulator: Emulator | undefined;
  // Before the emulator closes.
  t.after(async () => assert.equal(await storedDigest(emulator!, "k"), digestOf(OLD)));
  emulator = await useEmulator(t);
  await using client = new CosClient(emulator.target);
  await client.putObject({ key: "k", body: OLD });
  return emulator;
}

const hasCode =
  (code: string) =>
  (error: unknown): true => {
    assert.ok(error instanceof CosUploadError, String(error));
    assert.equal(error.code, code);
    return true;
  };

/** A form with one file, to a server that parses it as `parse` does. */
async function postForm(
  t: TestContext,
  size: number,
  parse: (request: IncomingMessage) => Promise<number>,
): Promise<number> {
  const { port } = await serveHttp(t, (request, response) => {
    parse(request).then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(500).end(),
    );
  });
  const request = httpRequest({
    port,
    method: "POST",
    headers: { "content-type": "multipart/form-data; boundary=B" },
  });
  const answered = once(request, "response") as Promise<[IncomingMessage]>;
  request.write('--B\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n\r\n');
  request.write(seededBytes(size));
  request.end("\r\n--B--\r\n");
  const [response] = await answered;
  response.resume();
  await once(response, "end");
  return response.statusCode!;
}

type Parser = (request: IncomingMessage, onFile: (file: Readable) => void) => Writable;

const PARSERS: Readonly<Record<string, Parser>> = {
  busboy: ({ headers }, onFile) =>
    busboy({ headers, limits: { fileSize: LIMIT } }).on("file", (_name, file) => onFile(file)),
  "@fastify/busboy": ({ headers }, onFile) =>
    new Busboy({
      headers: headers as { "content-type": string },
      limits: { fileSize: LIMIT },
    }).on("file", (_name, file) => onFile(file)),
};

for (const [parser, parse] of Object.entries(PARSERS)) {
  describe(`A file of a form that ${parser} cuts at its limit`, () => {
    for (const [way, connect] of Object.entries(WAYS)) {
      for (const [kind, options] of Object.entries(KINDS)) {
        test(`is not made an object by ${way}, ${kind}`, async (t) => {
          const emulator = await useOldObject(t);
          const status = await postForm(t, LIMIT + 100_000, async (request) => {
            const code = await new Promise((resolve) => {
              const form = parse(request, (file) => {
                const upload = createUploadStream({ ...emulator.target, key: "k", ...options });
                connect(file, upload).catch((error: CosUploadError) => resolve(error.code));
              });
              request.pipe(form);
            });
            // The parser waits for a file that nobody reads any more: the rest of the request is for nobody.
            request.unpipe().resume();
            return code === "ERR_COS_SOURCE_TRUNCATED" ? 413 : 500;
          });
          assert.equal(status, 413);
        });
      }
    }
  });

  test(`A file of a form that ${parser} does not cut is an object`, async (t) => {
    const emulator = await useEmulator(t);
    const status = await postForm(t, LIMIT - 1, async (request) => {
      const uploads: Promise<unknown>[] = [];
      const form = parse(request, (file) => {
        uploads.push(pipeline(file, createUploadStream({ ...emulator.target, key: "k" })));
      });
      await pipeline(request, form);
      await Promise.all(uploads);
      return 201;
    });
    assert.equal(status, 201);
    assert.equal(await storedDigest(emulator, "k"), digestOf(seededBytes(LIMIT - 1)));
  });
}

describe("A source that says of itself that it is not whole", () => {
  /** Each ends as a whole one does. */
  const SOURCES: Readonly<Record<string, () => PassThrough>> = {
    "limit, then truncated, then end": () => {
      const source = Object.assign(new PassThrough(), { truncated: false });
      source.once("data", () => {
        source.emit("limit");
        source.truncated = true;
        source.end();
      });
      return source;
    },
    "truncated, then limit, then end": () => {
      const source = Object.assign(new PassThrough(), { truncated: false });
      source.once("data", () => {
        source.truncated = true;
        source.emit("limit");
        source.end();
      });
      return source;
    },
    "truncated alone": () => {
      const source = Object.assign(new PassThrough(), { truncated: false });
      source.once("data", () => {
        source.truncated = true;
        source.end();
      });
      return source;
    },
    "a message that is not complete": () => Object.assign(new PassThrough(), { complete: false }),
    "a message that was aborted": () => Object.assign(new PassThrough(), { complete: true, aborted: true }),
  };
  for (const [what, open] of Object.entries(SOURCES)) {
    for (const [way, connect] of Object.entries(WAYS)) {
      for (const [kind, options] of Object.entries(KINDS)) {
        test(`(${what}) is not made an object by ${way}, ${kind}`, async (t) => {
          const emulator = await useOldObject(t);
          const source = open();
          const upload = createUploadStream({ ...emulator.target, key: "k", ...options });
          const end = connect(source, upload);
          source.write(seededBytes(100_000));
          if (!what.includes("end") && !what.includes("alone")) source.end();
          await assert.rejects(end, hasCode("ERR_COS_SOURCE_TRUNCATED"));
          await assert.rejects(upload.done, hasCode("ERR_COS_SOURCE_TRUNCATED"));
        });
      }
    }
  }

  test("leaves no listener behind", async (t) => {
    const emulator = await useEmulator(t);
    const source = new PassThrough();
    const names = (): unknown[] => source.eventNames().map((name) => [name, source.listenerCount(name)]);
    const before = names();
    const upload = createUploadStream({ ...emulator.target, key: "k" });
    source.pipe(upload).end("x");
    source.unpipe(upload);
    await upload.done;
    assert.deepEqual(names(), before);
  });

  test("by an event named limit of another meaning is not cut", async (t) => {
    const emulator = await useEmulator(t);
    const source = new PassThrough();
    source.once("data", () => source.emit("limit"));
    const end = pipeline(source, createUploadStream({ ...emulator.target, key: "k" }));
    source.end("all of it");
    await end;
    assert.equal(emulator.object("k")?.size, 9);
  });
});

describe("A request whose body was read before it is piped", () => {
  for (const [way, connect] of Object.entries(WAYS)) {
    test(`is not made an empty object by ${way}`, async (t) => {
      const emulator = await useOldObject(t);
      const codes: unknown[] = [];
      const { port } = await serveHttp(t, async (request, response) => {
        // As express.raw() does.
        for await (const _ of request);
        const upload = createUploadStream({ ...emulator.target, key: "k" });
        await connect(request, upload).catch((error: CosUploadError) => codes.push(error.code));
        response.writeHead(400).end();
      });
      const request = httpRequest({ port, method: "PUT" }).end("body");
      const [response] = (await once(request, "response")) as [IncomingMessage];
      response.resume();
      await once(response, "end");
      assert.deepEqual(codes, ["ERR_COS_SOURCE_CONSUMED"]);
    });
  }

  test("is uploaded if nobody read it, even if it is empty", async (t) => {
    const emulator = await useEmulator(t);
    const { port } = await serveHttp(t, async (request, response) => {
      await pipeline(request, createUploadStream({ ...emulator.target, key: "k" }));
      response.writeHead(201).end();
    });
    const request = httpRequest({ port, method: "PUT" }).end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.resume();
    assert.equal(response.statusCode, 201);
    assert.equal(emulator.object("k")?.size, 0);
  });
});

describe("A chunk that is refused", () => {
  const REFUSED: Readonly<Record<string, unknown>> = { "a number": 12345, null: null, "an object": {} };
  for (const [what, chunk] of Object.entries(REFUSED)) {
    for (const method of ["write", "end"] as const) {
      if (method === "end" && chunk === null) continue;
      test(`(${what}) throws from ${method}, and destroys the stream with the error as the cause`, async (t) => {
        const emulator = await useOldObject(t);
        const upload = createUploadStream({ ...emulator.target, key: "k" });
        upload.write("before");
        assert.throws(
          () => upload[method](chunk as string),
          (error) => (error as NodeJS.ErrnoException).code?.startsWith("ERR_") ?? false,
        );
        upload.end("after");
        await assert.rejects(upload.done, (error) => {
          hasCode("ERR_COS_CHUNK")(error);
          assert.ok((error as CosUploadError).cause instanceof Error);
          return true;
        });
      });
    }
  }

  test("with an unknown encoding destroys the stream, too", async (t) => {
    const emulator = await useOldObject(t);
    const upload = createUploadStream({ ...emulator.target, key: "k" });
    assert.throws(() => upload.write("x", "bogus" as BufferEncoding), { code: "ERR_UNKNOWN_ENCODING" });
    await assert.rejects(upload.done, hasCode("ERR_COS_CHUNK"));
  });

  test("by Writable.toWeb destroys the stream", async (t) => {
    const emulator = await useOldObject(t);
    const upload = createUploadStream({ ...emulator.target, key: "k" });
    const writer = Writable.toWeb(upload as unknown as Writable).getWriter();
    await writer.write(new Uint8Array(10));
    await assert.rejects(writer.write(12345));
    writer.closed.catch(() => {});
    await assert.rejects(upload.done);
    assert.equal(upload.destroyed, true);
  });

  test("behind a Transform in object mode ends the pipeline", async (t) => {
    const emulator = await useOldObject(t);
    const script = `
      import { Readable, Transform } from "node:stream";
      import { createUploadStream } from "cos-upload-stream";
      process.on("uncaughtException", () => {});
      const upload = createUploadStream({ ...${JSON.stringify(emulator.target)}, key: "k" });
      upload.on("error", ({ code, cause }) => console.log(code, cause.code));
      const objects = new Transform({ readableObjectMode: true, transform(chunk, _, callback) { callback(null, 12345); } });
      Readable.from([Buffer.from("a"), Buffer.from("b")]).pipe(objects).pipe(upload);
    `;
    const { output } = await runScript(script, 20_000);
    assert.equal(output, "ERR_COS_CHUNK ERR_INVALID_ARG_TYPE\n");
  });

  test("under a pipe with an uncaughtException listener leaves no object with a hole", async (t) => {
    const emulator = await useOldObject(t);
    const script = `
      import { Readable } from "node:stream";
      import { createUploadStream } from "cos-upload-stream";
      process.on("uncaughtException", () => {});
      const upload = createUploadStream({ ...${JSON.stringify(emulator.target)}, key: "k" });
      upload.on("error", ({ code, cause }) => console.log(code, cause.code));
      Readable.from([Buffer.from("before"), 12345, Buffer.from("after")]).pipe(upload);
    `;
    const { output } = await runScript(script, 20_000);
    assert.equal(output, "ERR_COS_CHUNK ERR_INVALID_ARG_TYPE\n");
  });
});
