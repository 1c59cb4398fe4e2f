import type { Transform as NodeTransform, Writable as NodeWritable } from "node:stream";
import readableStream from "readable-stream";

/**
 * readable-stream's classes, seen through node:stream's types: the same interface, and the one of them that consumers
 * have types for. The package's own types lack some of what its streams have.
 */
export const Writable: typeof NodeWritable = readableStream.Writable as unknown as typeof NodeWritable;
export const Transform: typeof NodeTransform = readableStream.Transform as unknown as typeof NodeTransform;
