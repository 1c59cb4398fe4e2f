import { CosError } from "../cos-error.ts";
import type { Exchange } from "../exchange.ts";
import { type Operation, otherResource } from "../operation.ts";
import type { Reply } from "../reply.ts";
import { abortMultipartUpload } from "./abort-multipart-upload.ts";
import { completeMultipartUpload } from "./complete-multipart-upload.ts";
import { deleteObject } from "./delete-object.ts";
import { getObject } from "./get-object.ts";
import { initiateMultipartUpload } from "./initiate-multipart-upload.ts";
import { listMultipartUploads } from "./list-multipart-uploads.ts";
import { listObjects } from "./list-objects.ts";
import { listParts } from "./list-parts.ts";
import { putObject } from "./put-object.ts";
import { uploadPart } from "./upload-part.ts";

const PERFORMERS: Readonly<Record<Operation, (exchange: Exchange) => Promise<Reply>>> = {
  InitiateMultipartUpload: initiateMultipartUpload,
  UploadPart: uploadPart,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListParts: listParts,
  ListMultipartUploads: listMultipartUploads,
  PutObject: putObject,
  GetObject: getObject,
  HeadObject: getObject,
  DeleteObject: deleteObject,
  ListObjects: listObjects,
  Unknown: refuse,
};

/** Carries the request out. */
export async function perform(exchange: Exchange): Promise<Reply> {
  return await PERFORMERS[exchange.entry.operation](exchange);
}

async function refuse(exchange: Exchange): Promise<Reply> {
  const other = otherResource(exchange.target.query);
  if (other) throw other;
  // Head Bucket: every well-formed bucket exists.
  if (exchange.method === "HEAD" && exchange.target.key === "") return { status: 200, headers: {} };
  throw new CosError(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
}
