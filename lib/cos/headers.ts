/**
 * The names of COS's own headers. Those that answers have are in lower case, in which answers are read.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7728 (Common Request Headers)
 * @see https://intl.cloud.tencent.com/document/product/436/7729 (Common Response Headers)
 */
export const HEADER = {
  acl: "x-cos-acl",
  crc64: "x-cos-hash-crc64ecma",
  /** Of encryption by COS, and of all its kinds. */
  encryption: "x-cos-server-side-encryption",
  encryptionContext: "x-cos-server-side-encryption-context",
  encryptionKeyId: "x-cos-server-side-encryption-cos-kms-key-id",
  customerAlgorithm: "x-cos-server-side-encryption-customer-algorithm",
  customerKey: "x-cos-server-side-encryption-customer-key",
  customerKeyMd5: "x-cos-server-side-encryption-customer-key-MD5",
  errorCode: "x-cos-error-code",
  forbidOverwrite: "x-cos-forbid-overwrite",
  grantFullControl: "x-cos-grant-full-control",
  grantRead: "x-cos-grant-read",
  grantReadAcp: "x-cos-grant-read-acp",
  grantWriteAcp: "x-cos-grant-write-acp",
  /** The name of each metadata begins with it. */
  metadataPrefix: "x-cos-meta-",
  /** It is in every answer of COS itself. */
  requestId: "x-cos-request-id",
  securityToken: "x-cos-security-token",
  storageClass: "x-cos-storage-class",
  tagging: "x-cos-tagging",
  traceId: "x-cos-trace-id",
  trafficLimit: "x-cos-traffic-limit",
  versionId: "x-cos-version-id",
} as const;
