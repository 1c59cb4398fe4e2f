/** An error answer of COS: a status, and the children of its `<Error>` body. */
export class CosError extends Error {
  override readonly name = "CosError";
  readonly status: number;
  readonly code: string;
  /** Further children of `<Error>`, such as `ServerTime`. */
  readonly details: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    {
      details = {},
      headers = {},
    }: {
      readonly details?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.headers = headers;
  }
}

/** Thrown when a request ends without an answer: the client left, or a fault ended the connection. */
export class ConnectionGone extends Error {
  override readonly name = "ConnectionGone";
}

export const invalidArgument = (message: string): CosError => new CosError(400, "InvalidArgument", message);

export const noSuchUpload = (): CosError =>
  new CosError(404, "NoSuchUpload", "The specified multipart upload does not exist.");

export const noSuchKey = (): CosError => new CosError(404, "NoSuchKey", "The specified key does not exist.");

export const notImplemented = (what: string): CosError =>
  new CosError(501, "NotImplemented", `${what} is not part of this emulator.`);

export const fileAlreadyExists = (): CosError =>
  new CosError(409, "FileAlreadyExists", "The object exists and x-cos-forbid-overwrite is true.");
