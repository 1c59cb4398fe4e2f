/**
 * The codes of this library's own errors. They are stable: a code is never renamed, and never gets another meaning. docs/errors.md says
 * for each what happened and what to do.
 */
export const OWN_CODES = [
  "ABORT_ERR",
  "ERR_COS_BAD_RESPONSE",
  "ERR_COS_CLEAN_UP",
  "ERR_COS_CLOSED",
  "ERR_COS_CREDENTIALS",
  "ERR_COS_DEPENDENCY",
  "ERR_COS_DESTROYED",
  "ERR_COS_EMPTY",
  "ERR_COS_IDLE",
  "ERR_COS_INTEGRITY",
  "ERR_COS_INTERNAL",
  "ERR_COS_INVALID_OPTION",
  "ERR_COS_IS_RETRYABLE",
  "ERR_COS_NETWORK",
  "ERR_COS_NOT_AN_ERROR",
  "ERR_COS_NOT_PERMITTED",
  "ERR_COS_NO_CREDENTIALS",
  "ERR_COS_NO_MEMORY",
  "ERR_COS_OUTCOME",
  "ERR_COS_PROCESS",
  "ERR_COS_RESUME",
  "ERR_COS_SIGNER",
  "ERR_COS_SLOW_HASHING",
  "ERR_COS_SOURCE",
  "ERR_COS_TIMEOUT",
  "ERR_COS_TOO_LARGE",
  "ERR_COS_UNVERIFIED",
  "ERR_STREAM_DESTROYED",
  "ERR_STREAM_PREMATURE_CLOSE",
] as const;

/**
 * The codes that COS documents for uploads. COS may answer with others.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7730 (Error Codes)
 */
export const COS_CODES = [
  "AccessDenied",
  "BadDigest",
  "BucketAccelerateNotEnabled",
  "BucketLocked",
  "EntitySizeNotMatch",
  "EntityTooLarge",
  "EntityTooSmall",
  "ExpiredToken",
  "FileAlreadyExists",
  "IncompleteBody",
  "InternalError",
  "InvalidAccessKeyId",
  "InvalidArgument",
  "InvalidBucketName",
  "InvalidDigest",
  "InvalidObjectName",
  "InvalidObjectState",
  "InvalidPart",
  "InvalidPartOrder",
  "InvalidRange",
  "InvalidTag",
  "InvalidURI",
  "KeyTooLong",
  "KmsException",
  "KmsFreqControl",
  "KmsInternalException",
  "KmsKeyDisabled",
  "KmsKeyNotExist",
  "MalformedXML",
  "MethodNotAllowed",
  "MissingContentLength",
  "NoSuchBucket",
  "NoSuchKey",
  "NoSuchUpload",
  "NotImplemented",
  "NotSupportedStorageClass",
  "ObjectLocked",
  "PathConflict",
  "PathStyleDomainForbidden",
  "PaymentRequired",
  "PreconditionFailed",
  "RequestTimeTooSkewed",
  "RequestTimeout",
  "SSEContentNotSupported",
  "SSEHeaderNotAllowed",
  "ServiceUnavailable",
  "SignatureDoesNotMatch",
  "SlowDown",
  "SsecDecryptHeaderInvalid",
  "UnavailableForLegalReasons",
  "UploadConflict",
  "UploadIdNotSupported",
  "UserNetworkTooSlow",
  "XMLSizeLimit",
] as const;

/**
 * What `code` of an error can be: a code of this library, a code of COS, or another string, since COS may add codes. Editors complete the
 * known ones.
 */
export type CosErrorCode = (typeof OWN_CODES)[number] | (typeof COS_CODES)[number] | (string & {});
