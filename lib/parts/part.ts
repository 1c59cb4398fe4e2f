/**
 * One part of a stream, with its digests.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7750 (Upload Part)
 */
export interface Part {
  /** From 1. */
  readonly partNumber: number;
  /** Where the part begins in the stream, in bytes from 0. */
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
  /** The bytes of the part in order, in pieces of up to 1 MiB. */
  readonly body: readonly Uint8Array[];
  /** MD5 of the body, base64, as in the header `Content-MD5`. */
  readonly md5: string;
  /** CRC64 of the body (CRC-64/XZ), an unsigned decimal, as in the header `x-cos-hash-crc64ecma`. */
  readonly crc64: string;
}

/** The one part of an empty stream, which only a Put Object can send. */
export const emptyPart: Part = {
  partNumber: 1,
  offset: 0,
  size: 0,
  body: [],
  md5: "1B2M2Y8AsgTpgAmY7PhCfg==",
  crc64: "0",
};
