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
  /** Adds bytes, which must not change until the digests are there. */
  update(bytes: Uint8Array): void;
  /** Nothing follows: calls back with the digests, now or later. */
  digest(done: (digests: Digests) => void): void;
  /** Nobody wants the digests any more: `done` is not called, and the bytes may change. */
  discard(): void;
}

/** Digests the parts of all streams of a client. */
export interface Hasher {
  /** @param isWaitedFor Whether the part's stream has too little else to send. */
  createDigester(isWaitedFor: () => boolean): Digester;
  /** Somebody has nothing else to do: what there is is digested without waiting for more. */
  hurry(): void;
  /** So many bytes are going to be digested. */
  expect(bytes: number): void;
  /** Where parts are digested now. */
  readonly hashing: Hashing;
  /**
   * Digests are not wanted any more.
   *
   * @returns Whether the memory of the parts may be used for others: no thread that did not end can still write to it.
   */
  close(): Promise<boolean>;
}
