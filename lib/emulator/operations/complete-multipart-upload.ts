import { randomBytes } from "node:crypto";
import { delay } from "../../timers.ts";
import { checkForbidOverwrite } from "../attributes.ts";
import { checkMd5, expectedMd5, md5, readSmallBody } from "../body.ts";
import { ConnectionGone, CosError } from "../cos-error.ts";
import { combineCrc64 } from "../crc64.ts";
import { encryptionHeaders } from "../encryption.ts";
import type { Exchange } from "../exchange.ts";
import { alterEtag } from "../faults/alter.ts";
import { percentEncode } from "../percent-encoding.ts";
import { errorXml, type LateBody, type Reply, XML_TYPE } from "../reply.ts";
import type { PartRecord, UploadRecord } from "../store/records.ts";
import type { NewObject } from "../store/store.ts";
import { buildXml, parsePartList } from "../xml.ts";
import { listedParts } from "./listed-parts.ts";

/** A list of 10,000 parts, as SDKs write it, has less than 1 MiB. */
const MAX_XML_BYTES = 2 * 1024 * 1024;

/**
 * Errors that are found immediately are answered with their status. After that, the answer is 200, whitespace while the parts are merged,
 * and the result.
 *
 * @see https://intl.cloud.tencent.com/document/product/436/7742
 */
export async function completeMultipartUpload(exchange: Exchange): Promise<Reply> {
  const { store, target } = exchange;
  const upload = store.upload(target.bucket, target.key, exchange.parameter("uploadId") ?? "");
  const expected = expectedMd5(exchange);
  const body = await readSmallBody(exchange, MAX_XML_BYTES);
  checkMd5(expected, md5(body));
  const listed = parsePartList(body.toString("utf8"));
  // The lock is held from the checks to the end of the merge: of two Completes at the same time, the second one waits, and then finds no upload.
  const held = await hold(exchange, upload);
  try {
    const parts = listedParts(listed, upload.parts, exchange.settings.limits);
    const forbidOverwrite = checkForbidOverwrite(exchange);
    const object = newObject(exchange, upload, parts);
    return {
      status: 200,
      headers: {
        ...XML_TYPE,
        "x-cos-hash-crc64ecma": object.crc64,
        ...encryptionHeaders(upload.encryption),
      },
      late: async (drip) => {
        try {
          await merge(exchange, drip);
          return await commit(exchange, upload, object, forbidOverwrite);
        } finally {
          held();
        }
      },
    };
  } catch (error) {
    held();
    throw error;
  }
}

/** Takes the lock of the upload, until the returned function is called. */
async function hold(exchange: Exchange, upload: UploadRecord): Promise<() => void> {
  let release = (): void => {};
  await new Promise<void>((resolve, reject) => {
    exchange.store
      .lockUpload(upload, () => {
        const released = new Promise<void>((settle) => {
          release = settle;
        });
        resolve();
        return released;
      })
      .catch(reject);
  });
  return release;
}

function newObject(exchange: Exchange, upload: UploadRecord, parts: readonly PartRecord[]): NewObject {
  const { bucket, key, headers, storageClass, encryption } = upload;
  return {
    bucket,
    key,
    headers,
    storageClass,
    encryption,
    size: parts.reduce((sum, part) => sum + part.size, 0),
    // Not computed from the parts; that of COS is not, either.
    etag: `${randomBytes(16).toString("hex")}-${parts.length}`,
    crc64: combineCrc64(parts),
    lastModified: exchange.settings.clock(),
    files: parts.map((part) => ({ name: part.file, size: part.size })),
  };
}

/** Waits as long as merging takes. It continues if the client leaves, as COS does. */
async function merge(exchange: Exchange, drip: () => void): Promise<void> {
  const { closing, settings } = exchange;
  const step = Math.min(Math.max(settings.completeDelay / 10, 10), 1000);
  for (let left = settings.completeDelay; left > 0; left -= step) {
    try {
      await delay(Math.min(left, step), undefined, { signal: closing });
    } catch {
      throw new ConnectionGone("the emulator closes");
    }
    drip();
  }
}

async function commit(
  exchange: Exchange,
  upload: UploadRecord,
  object: NewObject,
  forbidOverwrite: boolean,
): Promise<LateBody> {
  const { fault, target } = exchange;
  if (fault?.kind === "error-in-200") {
    return {
      xml: errorXml(exchange, { code: fault.code, message: fault.message ?? "We encountered an error." }),
      code: fault.code,
    };
  }
  if (!(fault?.kind === "truncated-answer" && fault.committed === false)) {
    try {
      await exchange.store.completeUpload(upload, object, forbidOverwrite);
    } catch (error) {
      const { code, message } =
        error instanceof CosError ? error : new CosError(500, "InternalError", String(error));
      return { xml: errorXml(exchange, { code, message }), code };
    }
  }
  const etag = alterEtag(fault, object.etag);
  const path = object.key.split("/").map(percentEncode).join("/");
  return {
    xml: buildXml("CompleteMultipartUploadResult", {
      Location: `http://${target.host}/${path}`,
      Bucket: object.bucket,
      Key: object.key,
      ...(etag === undefined ? {} : { ETag: `"${etag}"` }),
    }),
  };
}
