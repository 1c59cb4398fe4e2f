import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { CosProcessError, CosUploadError } from "../errors.ts";
import { createUploadStream, type UploadStream } from "../upload-stream.ts";
import { CommandError, usageError } from "./command-error.ts";
import { connectionOptions } from "./connection-flags.ts";
import { describeFailure, exitCodeOf, failureFields } from "./describe-failure.ts";
import { encryptionOf } from "./encryption-flags.ts";
import { exitCodeOfSignal } from "./exit-on-signal.ts";
import { type Producer, startProducer } from "./producer.ts";
import { createBarReport } from "./report/bar-report.ts";
import { createJsonReport } from "./report/json-report.ts";
import { createLinesReport } from "./report/lines-report.ts";
import { createQuietReport } from "./report/quiet-report.ts";
import { type Failure, follow, type Report } from "./report/report.ts";
import type { Run } from "./run.ts";
import { openSource, type Source } from "./source.ts";
import { isTargetUrl, parseTargetUrl } from "./target-url.ts";
import { addUploadFlags, type UploadFlags, uploadOptions } from "./upload-flags.ts";
import { whatIsLeft } from "./what-is-left.ts";

interface Target {
  readonly bucket: string;
  readonly key: string;
}

/** `cos-upload <file|-> cos://bucket/key`, which is what the command does when no other word is given. */
export function addUploadCommand(program: Command, run: Run): void {
  addUploadFlags(program)
    .argument("[file]", "file to upload, or - for standard input")
    .argument("[url]", "cos://bucket/key, the key taken as it is; ending in / it gets the file's name")
    .usage(
      "[options] <file|-> <cos://bucket/key>\n       cos-upload [options] <cos://bucket/key> -- command [arguments]",
    )
    .action(async (first: string | undefined, second: string | undefined, flags: UploadFlags) => {
      const [file, url] = second === undefined ? [undefined, first] : [first, second];
      if (url === undefined)
        throw usageError("there is no cos://bucket/key to upload to; see cos-upload --help");
      if (second !== undefined && isTargetUrl(first!) && !isTargetUrl(second)) {
        throw usageError("the file comes first, then the cos:// URL");
      }
      if (run.producer !== undefined && file !== undefined) {
        throw usageError("either a file or a command behind -- is uploaded, not both");
      }
      // An unset variable for a file's name would have standard input read in its place.
      if (run.producer === undefined && file === undefined) {
        throw usageError("name a file, or - for standard input, or a command behind --");
      }
      await upload(file, url, flags, run);
    });
}

async function upload(file: string | undefined, url: string, flags: UploadFlags, run: Run): Promise<void> {
  const path = file === "-" ? undefined : file;
  const target = targetOf(url, path);
  const connection = connectionOptions(target.bucket, flags);
  const serverSideEncryption = await encryptionOf(flags);
  const isBegun = flags["resume.uploadId"] !== undefined;
  const contentType = flags.contentType ?? (isBegun ? undefined : await contentTypeOf(target.key));
  const source = await open(path, run);
  let stream: UploadStream;
  try {
    stream = createUploadStream({
      ...connection,
      ...uploadOptions(flags),
      ...(contentType !== undefined && { contentType }),
      key: target.key,
      expectedSize: sizeOf(source, flags, path),
      serverSideEncryption,
      signal: run.signals.signal,
      beforeComplete: async ({ size }) => {
        await source.exit?.();
        checkLeastSize(size, flags);
      },
    });
  } catch (error) {
    await source.close();
    throw error;
  }
  await send(source, stream, createReport(flags, run), { target, flags, run });
}

async function open(path: string | undefined, run: Run): Promise<Source & Partial<Producer>> {
  const { producer } = run;
  if (producer === undefined) return await openSource(path);
  const [command, ...rest] = producer;
  if (command === undefined || command === "") throw usageError("there is no command behind --");
  return startProducer([command, ...rest], run);
}

/** By the extension of the key, as web servers do. */
async function contentTypeOf(key: string): Promise<string> {
  const { default: mime } = await import("mime");
  return mime.getType(key) ?? "application/octet-stream";
}

function checkLeastSize(size: number, { minSize = 0 }: UploadFlags): void {
  if (size >= minSize) return;
  throw new CommandError(
    `there were ${size} bytes, less than the ${minSize} that --min-size asks for; the object was not made`,
  );
}

function targetOf(url: string, path: string | undefined): Target {
  const { bucket, key } = parseTargetUrl(url);
  if (key !== undefined && key !== "" && !key.endsWith("/")) return { bucket, key };
  if (key === undefined || path === undefined) {
    throw usageError(`${JSON.stringify(url)} does not name a whole key, as cos://bucket/key would`);
  }
  return { bucket, key: key + basename(path) };
}

/** The file's own length, so that one which is cut or grows while it is read fails and never makes an object. */
function sizeOf(source: Source, { expectedSize }: UploadFlags, path: string | undefined): number | undefined {
  if (source.size === undefined || expectedSize === undefined) return source.size ?? expectedSize;
  if (source.size === expectedSize) return expectedSize;
  throw new CommandError(`${path} has ${source.size} bytes, not the ${expectedSize} that --expect-size says`);
}

function createReport({ json, quiet }: UploadFlags, { output }: Run): Report {
  if (quiet && !json) return createQuietReport(output);
  if (json) return createJsonReport(output);
  return process.stderr.isTTY ? createBarReport(output) : createLinesReport(output);
}

interface Job {
  readonly target: Target;
  readonly flags: UploadFlags;
  readonly run: Run;
}

async function send(
  source: Source & Partial<Producer>,
  stream: UploadStream,
  report: Report,
  job: Job,
): Promise<void> {
  const { signals } = job.run;
  const warnings: CosUploadError[] = [];
  stream.on("warning", (warning) => warnings.push(warning));
  follow(stream, report);
  const note = (): void =>
    report.note(`${signals.received} received, cleaning up; once more to exit at once`);
  signals.signal.addEventListener("abort", note);
  const over = new AbortController();
  // Not events.once(), which would reject with the error that comes before.
  const closed = new Promise<void>((resolve) => void stream.once("close", resolve)).then(() => over.abort());
  // Its promise may wait for a source that cannot be interrupted; the stream's own says all there is to know.
  pipeline(source.read(over.signal), stream).catch(() => {});
  try {
    const result = await stream.done;
    await closed;
    await source.end?.();
    const unverified = warnings.find(({ code }) => code === "ERR_COS_UNVERIFIED");
    if (unverified === undefined) report.result(result);
    else throw Object.assign(unverified, { outcome: "completed" as const });
  } catch (error) {
    await closed;
    if (await source.end?.()) report.note("the command did not end when it was asked to, and was killed");
    job.run.exitCode = signals.received ? exitCodeOfSignal(signals.received) : exitCodeOf(error);
    report.error(failureOf(error, stream, warnings, job));
  } finally {
    signals.signal.removeEventListener("abort", note);
  }
}

function failureOf(
  error: unknown,
  stream: UploadStream,
  warnings: readonly CosUploadError[],
  { target, flags, run }: Job,
): Failure {
  const { uploadId } = stream;
  const leftBehind = warnings.filter(({ code }) => code === "ERR_COS_CLEAN_UP");
  const isGone = error instanceof CosUploadError && error.code === "NoSuchUpload";
  const { left, sentence } = whatIsLeft({
    ...target,
    connection: flags,
    uploadId,
    leaveParts: !isGone && (flags.leavePartsOnError === true || flags.resume === true),
    abortFailed: leftBehind.some((warning) => warning.uploadId !== undefined),
    beginLost: leftBehind.some((warning) => warning.uploadId === undefined),
    outcome: error instanceof CosUploadError ? error.outcome : undefined,
  });
  const { received } = run.signals;
  const what = received === undefined ? describeFailure(error) : `ended by ${received}`;
  const fields = {
    ...failureFields(error),
    ...(uploadId !== undefined && { uploadId }),
    ...(received !== undefined && { signal: received }),
    left,
    // Of a command behind --, its own.
    exitCode: error instanceof CosProcessError ? (error.exitCode ?? null) : run.exitCode,
  };
  return { sentence: `${what}; ${sentence}`, fields };
}
