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

/** What a client needs to reach the emulator. */
export interface EmulatorTarget {
  readonly bucket: string;
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: EmulatorCredentials;
}

/** An unfinished multipart upload, its parts in order. */
export interface EmulatorUpload {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  /** Milliseconds since 1970. */
  readonly initiated: number;
  readonly parts: readonly EmulatorPart[];
}

/** A part of an unfinished upload. */
export interface EmulatorPart {
  readonly partNumber: number;
  /** In bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Unsigned decimal. */
  readonly crc64: string;
}

/** A finished object. */
export interface EmulatorObject {
  /** In bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Unsigned decimal. */
  readonly crc64: string;
  /** As Head Object answers them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Streams the bytes, both ends of a range counting; end or destroy what you open. */
  createReadStream(range?: ByteRange): Readable;
}

/** A running emulator; `await using` closes it. */
export interface Emulator extends AsyncDisposable {
  /** Its origin, such as `http://127.0.0.1:49152`. */
  readonly url: string;
  readonly target: EmulatorTarget;
  /** The address of the console, if `consolePort` asked for one: a page that shows what is here and what happens, live. */
  readonly consoleUrl: string | undefined;
  /** What is to go wrong. */
  readonly faults: FaultScript;
  /** What was received, in order of arrival; the last 100 000. */
  readonly requests: readonly ReceivedRequest[];
  /** Unfinished multipart uploads of all buckets. */
  uploads(): EmulatorUpload[];
  /** Finished objects of all buckets. */
  objects(): { readonly bucket: string; readonly key: string; readonly size: number }[];
  object(key: string, bucket?: string): EmulatorObject | undefined;
  /** Ends all connections, waits for what is being done, and gives the directory up: removes it if it was a temporary one. */
  close(): Promise<void>;
}

/**
 * Starts a server that speaks Tencent COS's XML API on this machine, keeps what it is sent on disk, and checks signatures and
 * sums as COS does.
 *
 * @throws a `TypeError` or `RangeError` with code `ERR_COS_INVALID_OPTION`; {@link EmulatorDirectoryInUseError} if another emulator has
 *   the `directory`; the error of listening, such as `EADDRINUSE`
 * @example
 * ```ts
 * const emulator = await startEmulator();
 * await pipeline(source, createUploadStream({ ...emulator.target, key: "a.bin" }));
 * await emulator.close();
 * ```
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const settings = resolveOptions(options);
  const disk = await Disk.open(settings.directory);
  try {
    const store = await Store.open(disk);
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
    // Most emulators have no console: its page is loaded where there is one.
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
