/** How an object is encrypted, as told by its request headers; the bytes on disk are plain in any mode. */
export type Encryption =
  | { readonly mode: "none" }
  | { readonly mode: "cos" }
  | { readonly mode: "kms"; readonly keyId: string }
  | { readonly mode: "customer"; readonly keyMd5: string };

/** What is settled when an object or a multipart upload is begun. */
export interface ObjectAttributes {
  /** Headers that Get and Head Object give back, by the names they are sent with. */
  readonly headers: Readonly<Record<string, string>>;
  readonly storageClass: string;
  readonly encryption: Encryption;
}

/** A file of an object or an upload, named within the record's folder. */
export interface StoredFile {
  readonly name: string;
  readonly size: number;
}

/** A finished object: its bytes are those of `files`, one after the other. */
export interface ObjectRecord extends ObjectAttributes {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Unsigned decimal. */
  readonly crc64: string;
  /** Milliseconds since 1970. */
  readonly lastModified: number;
  readonly folder: string;
  readonly files: readonly StoredFile[];
}

/** One uploaded part. */
export interface PartRecord {
  readonly partNumber: number;
  /** Of two uploads of one part, the one that began later has the greater. */
  readonly sequence: string;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly crc64: string;
  /** Milliseconds since 1970. */
  readonly lastModified: number;
  readonly file: string;
}

/** A multipart upload's beginning, as kept on disk. */
export interface UploadHeader extends ObjectAttributes {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  /** Milliseconds since 1970. */
  readonly initiated: number;
  readonly folder: string;
}

/** An unfinished multipart upload. */
export interface UploadRecord extends UploadHeader {
  readonly parts: Map<number, PartRecord>;
}
