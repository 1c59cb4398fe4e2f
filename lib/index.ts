export type { InvalidOptionError } from "./check/invalid-option.ts";
export type { CredentialProvider, Credentials } from "./cos/credentials/credentials.ts";
export type {
  AbortMultipartUploadParams,
  AbortMultipartUploadResult,
} from "./cos/operations/abort-multipart-upload.ts";
export type {
  CompleteMultipartUploadParams,
  CompleteMultipartUploadResult,
} from "./cos/operations/complete-multipart-upload.ts";
export type { HeadObjectParams, HeadObjectResult } from "./cos/operations/head-object.ts";
export type {
  InitiateMultipartUploadParams,
  InitiateMultipartUploadResult,
} from "./cos/operations/initiate-multipart-upload.ts";
export type { ListedUpload, ListMultipartUploadsParams } from "./cos/operations/list-multipart-uploads.ts";
export type { ListedPart, ListPartsParams } from "./cos/operations/list-parts.ts";
export type { PutObjectResult } from "./cos/operations/put-object.ts";
export type { UploadPartResult } from "./cos/operations/upload-part.ts";
export type {
  Abortable,
  BodyParams,
  PutObjectRequestParams,
  UploadPartRequestParams,
} from "./cos/parameters/calls.ts";
export type { ServerSideEncryption } from "./cos/parameters/encryption.ts";
export type { Grants, ObjectAttributes } from "./cos/parameters/object-headers.ts";
export type { CustomSigner, SignableRequest } from "./cos/signing/signer.ts";
export { CosClient, type CosClientOptions } from "./cos-client.ts";
export type { CosErrorCode } from "./error-codes.ts";
export {
  CosAbortError,
  CosIntegrityError,
  CosProcessError,
  CosServiceError,
  CosUploadError,
  type Outcome,
} from "./errors.ts";
export type {
  ClientStats,
  Hashing,
  PartReceipt,
  Progress,
  RetryEvent,
  StreamSummary,
  UploadEvents,
  UploadResult,
  UploadState,
  UploadStats,
  UploadStreamEvents,
  UploadStreamListener,
} from "./events.ts";
export type { DispatchedRequest, DispatchedResponse, Dispatcher } from "./http/dispatcher.ts";
export type {
  BeforeComplete,
  ConnectionOptions,
  DigestOption,
  PartResourceOptions,
  ResumeOption,
  RetryOption,
  SharedClient,
  TimeoutOption,
  UploadStreamOptions,
} from "./options.ts";
export { PartTransform, type PartTransformOptions } from "./part-transform.ts";
export type { Part } from "./parts/part.ts";
export { type ExitOfOptions, exitOf } from "./stream/exit-of.ts";
export { createUploadStream, UploadStream } from "./upload-stream.ts";
