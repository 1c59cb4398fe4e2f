/**
 * One part of the stream, cut and digested.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7750 (Upload Part)
 */
export interface Part {
  /** From 1. */
  readonly partNumber: number;
  /** Of its first byte in the stream. */
  readonly offset: number;
  /** In bytes: the sum of the body's pieces. */
  readonly size: number;
  /** The part's bytes in order, in pieces of up to 1 MiB. */
  readonly body: readonly Uint8Array[];
  /** MD5 of the body, base64: what `Content-MD5` carries. */
  readonly md5: string;
  /** CRC-64/XZ of the body, an unsigned decimal: what `x-cos-hash-crc64ecma` carries. */
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
