/** MD5 and CRC64 of a run of bytes. */
export interface Digests {
  /** Base64. */
  readonly md5: string;
  /** Unsigned decimal. */
  readonly crc64: string;
}

/** Digests bytes as they come. `update` reads the bytes before it returns; nothing may follow `digest`. */
export interface Digester {
  update(bytes: Uint8Array): void;
  digest(): Digests;
}
