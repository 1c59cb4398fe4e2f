import type { Hashing } from "../events.ts";

/** MD5 and CRC64 of a run of bytes. */
export interface Digests {
  /** Base64. */
  readonly md5: string;
  /** Unsigned decimal. */
  readonly crc64: string;
}

/** Digests one part as it is filled. */
export interface Digester {
  /** Adds bytes. They must not change until the digests are computed. */
  update(bytes: Uint8Array): void;
  /** The part has ended: calls back with the digests, now or later. */
  digest(done: (digests: Digests) => void): void;
  /** The digests are not needed any more: `done` is not called, and the bytes can change. */
  discard(): void;
}

/** Digests the parts of all streams of a client. */
export interface Hasher {
  /** @param isWaitedFor Whether the stream of the part has too little else to send. */
  createDigester(isWaitedFor: () => boolean): Digester;
  /** A stream has nothing else to do: bytes are digested now, without waiting for more. */
  flush(): void;
  /** Announces how many bytes will be digested. */
  expect(bytes: number): void;
  /** Where the digests are computed now. */
  readonly hashing: Hashing;
  /**
   * Digests are not needed any more.
   *
   * @returns Whether the memory of the parts can be used again. It cannot if a thread did not end: it may still write to it.
   */
  close(): Promise<boolean>;
}
