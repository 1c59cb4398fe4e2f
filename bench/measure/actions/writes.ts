import { once } from "node:events";
import { Meter, peakMemory } from "../meter.ts";
import { type Action, prepare } from "./action.ts";

/** One object, written chunk by chunk to the stream itself: no source, no pipeline. */
export const writes: Action = async (order, client) => {
  const [uploader, source] = await prepare(order, client);
  if (uploader.open === undefined) throw new Error("this client is not a stream");
  const meter = new Meter();
  const { stream, done } = uploader.open("object");
  for (let offset = 0; offset < source.size; offset += source.chunkSize) {
    if (!stream.write(source.chunk(offset))) await once(stream, "drain");
  }
  stream.end();
  await done;
  return { ...meter.read(), bytes: source.size, peak: peakMemory() };
};
