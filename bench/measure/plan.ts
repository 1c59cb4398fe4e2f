/** Who uploads: a file of `clients/` or `compare/`. */
export type ClientName =
  | "cos-upload-stream"
  | "cos-upload-stream-bundle"
  | "lib-storage"
  | "official-sdk"
  | "official-sdk-put"
  | "minio"
  | "ali-oss"
  | "bare-undici"
  | "hoarder";

export type ActionName =
  | "idle"
  | "upload"
  | "streams"
  | "writes"
  | "latency"
  | "event-loop"
  | "import"
  | "copy"
  | "kernel";

/** Something done wrong on purpose, which a gate must find. */
export type Fault = "flipped-byte" | "dropped-chunk";

/** Options of a client that are not its defaults. */
export interface ClientOptions {
  readonly partSize?: number;
  /** Part bytes over all streams of the client. */
  readonly memory?: number;
  readonly digest?: { readonly worker?: boolean | "auto" };
}

/** What one process measures. It reaches the process as JSON. */
export interface Plan {
  readonly action: ActionName;
  readonly client?: ClientName;
  readonly options?: ClientOptions;
  /** Bytes of one object. */
  readonly size?: number;
  /** Bytes that the source gives at a time. */
  readonly chunkSize?: number;
  /** Bytes of random data that the source repeats. */
  readonly poolSize?: number;
  /** Bytes sent before anything is measured. */
  readonly warmUp?: number;
  /** Objects at once, or one after another for `latency`. */
  readonly count?: number;
  /** Modules to import, or the kernel to run. */
  readonly subjects?: readonly string[];
  readonly fault?: Fault;
}

/** A plan with what only the running suite knows. */
export interface Order extends Plan {
  /** Origin of the server. */
  readonly url: string;
  /** Files in memory by their size, for clients that take no stream. */
  readonly files?: Readonly<Record<number, string>>;
}

export type Metric =
  | "seconds"
  /** Processor seconds of all threads. */
  | "cpu"
  /** Processor seconds of the main thread; absent where the system does not tell. */
  | "mainCpu"
  /** Bytes that the work moved. */
  | "bytes"
  /** Most resident memory of the process since its start, in bytes. */
  | "peak"
  /** Resident memory of the process now, in bytes. */
  | "resident"
  /** Most part memory that was in use, in bytes. */
  | "partMemory"
  /** Event-loop delay in milliseconds. */
  | "delayMedian"
  | "delay99"
  | "delayMax"
  /** Least share of its bytes that a stream had given when half of all bytes were given. */
  | "leastAtHalf"
  /** Longest time in seconds in which a stream that was not done gave nothing. */
  | "longestWait"
  /** Processor seconds of the server. */
  | "serverCpu"
  /** Bytes on the disk of installed packages, and how many these are. */
  | "installed"
  | "packages";

export type Sample = Readonly<Partial<Record<Metric, number>>>;

/** What a measured process answers. */
export type Answer = { readonly sample: Sample } | { readonly error: string };

/** Makes ready to digest these bytes: as one run, or as so many parts of equal length. */
export type CreateKernel = (bytes: Buffer, lanes: number) => Promise<() => unknown>;
