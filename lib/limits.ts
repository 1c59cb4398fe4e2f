/**
 * COS's published limits, and one of Node's, in bytes unless a name says otherwise.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/14518 (Specifications and Limits)
 */

/** One kibibyte, mebibyte and gibibyte in bytes. */
export const KIB = 1024;
export const MIB: number = 1024 * KIB;
export const GIB: number = 1024 * MIB;

/** A part other than the last is at least this long; checked by COS at Complete Multipart Upload. */
export const MIN_PART_SIZE: number = MIB;
/** A part is at most this long; so is an object sent by one Put Object. */
export const MAX_PART_SIZE: number = 5 * GIB;
/** Part numbers run from 1 to this. */
export const MAX_PARTS = 10_000;
/** An object key's length in UTF-8 bytes. */
export const MAX_KEY_BYTES = 850;
/** `x-cos-traffic-limit`, in bit/s. */
export const MIN_TRAFFIC_LIMIT = 819_200;
export const MAX_TRAFFIC_LIMIT = 838_860_800;
/** Tags per object. */
export const MAX_TAGS = 10;
/** One `x-cos-meta-*` value, and all metadata of an object together. */
export const MAX_METADATA_VALUE_BYTES: number = 2 * KIB;
export const MAX_METADATA_BYTES: number = 4 * KIB;

/** The longest wait that a timer of Node's can make, in milliseconds. */
export const MAX_TIMER: number = 2 ** 31 - 1;
