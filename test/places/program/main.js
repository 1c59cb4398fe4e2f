import { CosClient, CosServiceError, CosUploadError, createUploadStream } from "cos-upload-stream";
import { runSteps } from "./steps.js";

const library = { CosClient, CosServiceError, CosUploadError, createUploadStream };

/** Without a top-level await, which CommonJS does not have. */
export const done = runSteps(library).then((results) => {
  process.exitCode = results.some(({ error }) => error !== undefined) ? 1 : 0;
});
