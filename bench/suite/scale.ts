const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** Streams at once, and the bytes of each. */
export interface ManyStreams {
  readonly count: number;
  readonly size: number;
  /** Default: the client's. */
  readonly partSize?: number;
}

/** How much is measured: sizes in bytes. */
export interface Scale {
  /** Leave out what no figure needs. */
  readonly neededOnly: boolean;
  readonly rounds: number;
  /** Of what no figure is about. */
  readonly fewerRounds: number;
  readonly importRounds: number;
  readonly warmUp: number;
  /** Of one object, over HTTP. */
  readonly object: number;
  /** Of one object, over TLS. */
  readonly smallerObject: number;
  /** Of one object, while the event loop is watched. */
  readonly watchedObject: number;
  readonly shapedObject: number;
  /** Objects whose memory is compared. */
  readonly objects: readonly number[];
  readonly streams: readonly ManyStreams[];
  /** Written 64 B and 64 KiB at a time. */
  readonly written: number;
  /** Piped in chunks of 64 B, 64 KiB, 1 MiB. */
  readonly chunked: number;
  readonly puts: number;
  /** Bytes that go through a kernel. */
  readonly digested: number;
}

/** What the figures are made of. `largest` (GiB): the largest of the objects whose memory is compared. */
export function fullScale(largest: number): Scale {
  return {
    neededOnly: false,
    rounds: 5,
    fewerRounds: 3,
    importRounds: 11,
    warmUp: 256 * MIB,
    object: GIB,
    smallerObject: 512 * MIB,
    watchedObject: 256 * MIB,
    shapedObject: 256 * MIB,
    objects: [1, 4, 16, 64].filter((size) => size <= largest).map((size) => size * GIB),
    streams: [
      { count: 16, size: 64 * MIB },
      { count: 256, size: 18 * MIB },
    ],
    written: 256 * MIB,
    chunked: 128 * MIB,
    puts: 300,
    digested: 256 * MIB,
  };
}

/** Enough to see that it works, and roughly how fast. */
export const QUICK_SCALE: Scale = {
  neededOnly: true,
  rounds: 1,
  fewerRounds: 1,
  importRounds: 1,
  warmUp: 128 * MIB,
  object: 256 * MIB,
  smallerObject: 64 * MIB,
  watchedObject: 128 * MIB,
  shapedObject: 32 * MIB,
  objects: [256 * MIB, GIB],
  streams: [{ count: 256, size: 3 * MIB, partSize: MIB }],
  written: 64 * MIB,
  chunked: 32 * MIB,
  puts: 200,
  digested: 64 * MIB,
};
