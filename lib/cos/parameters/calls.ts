import { abortSignal } from "../../abort.ts";
import { boolean, integer, type Rule, required, string, text } from "../../check/rules.ts";
import type { Table } from "../../check/table.ts";
import type { Digests } from "../../digest/digester.ts";
import { digestsOf } from "../../digest/inline-digester.ts";
import type { AbortMultipartUploadParams } from "../operations/abort-multipart-upload.ts";
import type { CompleteMultipartUploadParams } from "../operations/complete-multipart-upload.ts";
import type { HeadObjectParams } from "../operations/head-object.ts";
import type { InitiateMultipartUploadParams } from "../operations/initiate-multipart-upload.ts";
import type { ListMultipartUploadsParams } from "../operations/list-multipart-uploads.ts";
import type { ListPartsParams } from "../operations/list-parts.ts";
import { ATTRIBUTES } from "./attributes.ts";
import { type ServerSideEncryption, serverSideEncryption } from "./encryption.ts";
import type { ObjectAttributes } from "./object-headers.ts";
import { body, crc64, md5, objectKey, partList, partNumber, trafficLimit, uploadId } from "./rules.ts";

/** What every operation takes beside its own parameters. */
export interface Abortable {
  /** Ends the call. It rejects with a `CosAbortError` (`ABORT_ERR`), whose cause is the reason of the signal. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

/** Parameters of calls that send bytes. */
export interface BodyParams {
  /** The bytes, or pieces of them in order, up to 5 GiB. Do not change them before the call has ended: it may send them again. */
  readonly body: Uint8Array | readonly Uint8Array[];
  /** MD5 of the body, base64, if you know it. Default: it is computed. */
  readonly md5?: string | undefined;
  /** CRC64 of the body, an unsigned decimal, if you know it. Default: it is computed. */
  readonly crc64?: string | undefined;
  /** How COS encrypts the object. For a part only SSE-C matters, with the key with which the upload was begun. Default: as the bucket is set up. */
  readonly serverSideEncryption?: ServerSideEncryption | undefined;
  /** Bits per second, 819,200 to 838,860,800. COS enforces it. Default: no limit. */
  readonly trafficLimit?: number | undefined;
}

/** Parameters of `uploadPart`. A `Part` of a `PartTransform` can be spread into them. */
export interface UploadPartRequestParams extends BodyParams, Abortable {
  /** Key of the upload, 1 to 850 bytes in UTF-8. */
  readonly key: string;
  /** The upload that the part belongs to. */
  readonly uploadId: string;
  /** 1 to 10,000. */
  readonly partNumber: number;
  /** A field of `Part`, without effect here. */
  readonly offset?: number;
  /** A field of `Part`, without effect here. */
  readonly size?: number;
}

/** Parameters of `putObject`. */
export interface PutObjectRequestParams extends ObjectAttributes, BodyParams, Abortable {
  /** Key of the object, 1 to 850 bytes in UTF-8, sent exactly as given. */
  readonly key: string;
}

const ignored: Rule<never> = { type: "object", expected: "anything", check: () => undefined as never };

/** Names that have no effect where they are no parameters: those of a result or a `Part` that is spread into a call. */
const SPREAD = {
  key: ignored,
  bucket: ignored,
  uploadId: ignored,
  partNumber: ignored,
  offset: ignored,
  size: ignored,
  etag: ignored,
  md5: ignored,
  crc64: ignored,
  attempts: ignored,
  location: ignored,
  versionId: ignored,
  requestId: ignored,
};

const CALL: Table<Abortable> = { ...SPREAD, signal: abortSignal };
const OBJECT: Table<Abortable & { readonly key: string }> = { ...CALL, key: objectKey };
const UPLOAD: Table<AbortMultipartUploadParams & Abortable> = { ...OBJECT, uploadId: required(uploadId) };
const BODY: Table<BodyParams> = { body: required(body), md5, crc64, serverSideEncryption, trafficLimit };

/** The parameters of each operation. */
export interface CallParams {
  readonly initiateMultipartUpload: InitiateMultipartUploadParams & Abortable;
  readonly uploadPart: UploadPartRequestParams;
  readonly completeMultipartUpload: CompleteMultipartUploadParams & Abortable;
  readonly abortMultipartUpload: AbortMultipartUploadParams & Abortable;
  readonly listParts: ListPartsParams & Abortable;
  readonly listMultipartUploads: ListMultipartUploadsParams & Abortable;
  readonly putObject: PutObjectRequestParams;
  readonly headObject: HeadObjectParams & Abortable;
}

export const CALLS: { readonly [N in keyof CallParams]: Table<CallParams[N]> } = {
  initiateMultipartUpload: { ...OBJECT, ...ATTRIBUTES, serverSideEncryption },
  uploadPart: { ...SPREAD, ...UPLOAD, ...BODY, partNumber: required(partNumber) },
  completeMultipartUpload: { ...UPLOAD, parts: required(partList), forbidOverwrite: boolean },
  abortMultipartUpload: UPLOAD,
  listParts: { ...UPLOAD, maxParts: integer(1, 1000) },
  listMultipartUploads: { ...CALL, prefix: text, maxUploads: integer(1, 1000) },
  putObject: { ...OBJECT, ...ATTRIBUTES, ...BODY },
  headObject: {
    ...OBJECT,
    versionId: string("a version id", /^\P{Surrogate}+$/u),
    serverSideEncryption,
  },
};

/** A body with its digests, which are computed unless they are known. */
export function digested<T extends BodyParams>(
  params: T,
): Omit<T, "body"> & { readonly body: Uint8Array[]; readonly digests: Digests } {
  const { md5, crc64 } = params;
  const body = [params.body].flat();
  if (md5 !== undefined && crc64 !== undefined) return { ...params, body, digests: { md5, crc64 } };
  const computed = digestsOf(body);
  return { ...params, body, digests: { md5: md5 ?? computed.md5, crc64: crc64 ?? computed.crc64 } };
}
