import type { Transform as NodeTransform, Writable as NodeWritable, WritableOptions } from "node:stream";
import readableStream from "readable-stream";

/**
 * readable-stream's classes, seen through node:stream's types: the same interface, and the one of them that consumers
 * have types for. The package's own types lack some of what its streams have.
 */
export const Writable: typeof NodeWritable = readableStream.Writable as unknown as typeof NodeWritable;
export const Transform: typeof NodeTransform = readableStream.Transform as unknown as typeof NodeTransform;

/**
 * The option that keeps a stream from taking its first chunk until something is loaded, and fails it if that fails.
 *
 * @param loading `undefined` where there is nothing to wait for.
 */
export function constructAfter(loading: Promise<void> | undefined): Pick<WritableOptions, "construct"> {
  if (loading === undefined) return {};
  return { construct: (callback) => void loading.then(() => callback(), callback) };
}
