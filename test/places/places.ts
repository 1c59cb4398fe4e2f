import { bundling } from "./bundlers.ts";
import { frameworks } from "./frameworks.ts";
import { installing } from "./installers.ts";
import type { AbsentPlace, Kind, Place } from "./place.ts";
import { running } from "./runtimes.ts";

const ORDER: readonly Kind[] = ["installed by", "bundled by", "run by", "tested by"];

/** Every place, in the order of the table. */
export const places: readonly (Place | AbsentPlace)[] = [
  ...installing,
  ...bundling,
  ...running,
  ...frameworks,
].toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
