import { Meter, peakMemory } from "../meter.ts";
import { type Action, prepare } from "./action.ts";

/** One object, from its first byte to the client's word that it is stored. */
export const upload: Action = async (order, client) => {
  const [uploader, source] = await prepare(order, client);
  const meter = new Meter();
  const notes = await uploader.upload("object", source);
  return { ...meter.read(), ...notes, bytes: source.size, peak: peakMemory() };
};
