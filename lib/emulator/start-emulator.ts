import type { Readable } from "node:stream";
import type { ConsoleServer } from "./console/console-server.ts";
import type { FaultScript } from "./faults/fault.ts";
import { HttpServer } from "./http-server.ts";
import { objectHeaders } from "./operations/get-object.ts";
import { type EmulatorCredentials, type EmulatorOptions, resolveOptions, type Settings } from "./options.ts";
import type { ReceivedRequest } from "./received-request.ts";
import { Disk } from "./store/disk.ts";
import type { ByteRange } from "./store/read-files.ts";
import { Store } from "./store/store.ts";

/** What a client needs to reach the emulator. Spread it into the options of a stream or a client. */
export interface EmulatorTarget {
  /** The bucket. */
  readonly bucket: string;
  /** Its region. */
  readonly region: string;
  /** The origin of the emulator, such as `http://127.0.0.1:49152`. */
  readonly endpoint: string;
  /** The keys that it accepts. */
  readonly credentials: EmulatorCredentials;
}

/** An unfinished multipart upload. */
export interface EmulatorUpload {
  /** The bucket. */
  readonly bucket: string;
  /** Key of the object to be. */
  readonly key: string;
  /** Id of the upload. */
  readonly uploadId: string;
  /** When it was begun, in milliseconds since 1970. */
  readonly initiated: number;
  /** Its parts, in ascending order. */
  readonly parts: readonly EmulatorPart[];
}

/** A part of an unfinished upload. */
export interface EmulatorPart {
  /** From 1. */
  readonly partNumber: number;
  /** In bytes. */
  readonly size: number;
  /** ETag, without quotes. */
  readonly etag: string;
  /** CRC64, an unsigned decimal. */
  readonly crc64: string;
}

/** A finished object. */
export interface EmulatorObject {
  /** In bytes. */
  readonly size: number;
  /** ETag, without quotes. */
  readonly etag: string;
  /** CRC64, an unsigned decimal. */
  readonly crc64: string;
  /** The headers that Head Object answers. */
  readonly headers: Readonly<Record<string, string>>;
  /** Opens the bytes, or a range of them, for reading. Read the stream to its end, or destroy it. */
  createReadStream(range?: ByteRange): Readable;
}

/** A running emulator. */
export interface Emulator extends AsyncDisposable {
  /** Its origin, such as `http://127.0.0.1:49152`. */
  readonly url: string;
  /** What a client needs to reach it. */
  readonly target: EmulatorTarget;
  /** Address of the console, a page that shows the state of the emulator live. Undefined without `consolePort`. */
  readonly consoleUrl: string | undefined;
  /**
   * The faults to come.
   *
   * @example
   * ```ts
   * import { createUploadStream } from "cos-upload-stream";
   * import { startEmulator } from "cos-upload-stream/emulator";
   *
   * await using emulator = await startEmulator();
   * const rule = emulator.faults.add({ operation: "UploadPart", times: 2, fault: { kind: "reset", afterBytes: 100 } });
   * const upload = createUploadStream({ ...emulator.target, key: "report.txt" });
   * upload.end("x".repeat(1000));
   * const { parts } = await upload.done;
   * console.log(rule.hits, parts[0]?.attempts); // prints 2 3
   * ```
   */
  readonly faults: FaultScript;
  /** The requests that it received, in order of arrival; the last 100,000. */
  readonly requests: readonly ReceivedRequest[];
  /** The unfinished multipart uploads of all buckets. */
  uploads(): EmulatorUpload[];
  /** The finished objects of all buckets. */
  objects(): { readonly bucket: string; readonly key: string; readonly size: number }[];
  /** A finished object; undefined if there is none. By default of the bucket of `target`. */
  object(key: string, bucket?: string): EmulatorObject | undefined;
  /** Ends all connections, waits for requests that are being carried out, and removes the directory if it is a temporary one. */
  close(): Promise<void>;
}

/**
 * Starts a COS server on this machine. It keeps objects on disk, and checks signatures, MD5 and CRC64 as COS does.
 *
 * @throws TypeError, RangeError `ERR_COS_INVALID_OPTION`; {@link EmulatorDirectoryInUseError} if another emulator uses the `directory`;
 *   an error of Node such as `EADDRINUSE` if it cannot listen.
 * @example
 * ```ts
 * import { createUploadStream } from "cos-upload-stream";
 * import { startEmulator } from "cos-upload-stream/emulator";
 *
 * await using emulator = await startEmulator();
 * const upload = createUploadStream({ ...emulator.target, key: "hello.txt" });
 * upload.end("hello");
 * await upload.done;
 * console.log(emulator.object("hello.txt")?.size); // prints 5
 * ```
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const settings = resolveOptions(options);
  const disk = await Disk.open(settings.directory);
  try {
    const store = await Store.open(disk, settings.clock);
    const closing = new AbortController();
    const server = new HttpServer({ settings, store, closing: closing.signal });
    const emulator = new RunningEmulator({ settings, store, server, closing, url: await server.listen() });
    await emulator.openConsole();
    return emulator;
  } catch (error) {
    await disk.close();
    throw error;
  }
}

interface Parts {
  readonly settings: Settings;
  readonly store: Store;
  readonly server: HttpServer;
  readonly closing: AbortController;
  readonly url: string;
}

class RunningEmulator implements Emulator {
  readonly url: string;
  readonly target: EmulatorTarget;
  readonly faults: FaultScript;
  readonly requests: readonly ReceivedRequest[];
  consoleUrl: string | undefined;
  readonly #settings: Settings;
  readonly #store: Store;
  readonly #server: HttpServer;
  #console: ConsoleServer | undefined;
  readonly #closing: AbortController;
  #closed: Promise<void> | undefined;

  constructor({ settings, store, server, closing, url }: Parts) {
    const { bucket, region, credentials } = settings;
    this.url = url;
    this.target = Object.freeze({ bucket, region, endpoint: url, credentials });
    this.faults = server.faults;
    this.requests = server.requests;
    this.#settings = settings;
    this.#store = store;
    this.#server = server;
    this.#closing = closing;
  }

  /** Closes the emulator if the console cannot be opened. */
  async openConsole(): Promise<void> {
    const { consolePort, clock } = this.#settings;
    if (consolePort === undefined) return;
    const { target, requests, faults } = this;
    // Loaded only here: most emulators have no console.
    const { ConsoleServer } = await import("./console/console-server.ts");
    this.#console = new ConsoleServer({ target, store: this.#store, requests, faults, clock });
    try {
      this.consoleUrl = await this.#console.listen(consolePort);
    } catch (error) {
      this.#console = undefined;
      await this.close();
      throw error;
    }
  }

  uploads(): EmulatorUpload[] {
    return this.#store.allUploads().map(({ bucket, key, uploadId, initiated, parts }) => ({
      bucket,
      key,
      uploadId,
      initiated,
      parts: [...parts.values()]
        .sort((left, right) => left.partNumber - right.partNumber)
        .map(({ partNumber, size, etag, crc64 }) => ({ partNumber, size, etag, crc64 })),
    }));
  }

  objects(): { bucket: string; key: string; size: number }[] {
    return this.#store.allObjects().map(({ bucket, key, size }) => ({ bucket, key, size }));
  }

  object(key: string, bucket: string = this.target.bucket): EmulatorObject | undefined {
    const object = this.#store.object(bucket, key);
    if (!object) return undefined;
    const { size, etag, crc64 } = object;
    const headers = objectHeaders(object);
    return { size, etag, crc64, headers, createReadStream: (range) => this.#store.read(object, range) };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#console?.close();
    await this.#server.close();
    await this.#store.settle();
    await this.#store.disk.close();
  }
}
