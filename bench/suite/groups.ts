import type { Plan } from "../measure/plan.ts";
import type { Case, Group } from "./case.ts";
import type { Scale } from "./scale.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const OURS = { client: "cos-upload-stream" } as const;
const INLINE = { ...OURS, options: { digest: { worker: false } } } as const;
const PARTS_OF_8_MIB = { client: "lib-storage", options: { partSize: 8 * MIB } } as const;
/** Clients with their defaults, by the names they have in tables. */
const CLIENTS = {
  "cos-upload-stream": OURS,
  "cos-upload-stream, no worker": INLINE,
  "cos-upload-stream, bundled": { client: "cos-upload-stream-bundle" },
  "lib-storage": { client: "lib-storage" },
  "lib-storage, 8 MiB parts": PARTS_OF_8_MIB,
  "official SDK, sliceUploadFile": { client: "official-sdk", options: { partSize: 8 * MIB } },
  "official SDK, with its parts of 1 MiB": { client: "official-sdk" },
  minio: { client: "minio" },
  "official SDK, putObject": { client: "official-sdk-put" },
  "ali-oss, putStream": { client: "ali-oss" },
  "bare undici": { client: "bare-undici" },
} as const satisfies Record<string, Partial<Plan>>;
type Peer = keyof typeof CLIENTS;
/** Those that no figure needs send less: a share of the object. A quick run leaves them out. */
const SHARES: Partial<Record<Peer, number>> = {
  "lib-storage, 8 MiB parts": 1 / 2,
  "official SDK, with its parts of 1 MiB": 1 / 4,
  minio: 1 / 2,
  "official SDK, putObject": 1 / 2,
  "ali-oss, putStream": 1 / 2,
};

/** Everything that is measured. */
export function createGroups(scale: Scale): Group[] {
  const { warmUp, rounds, object, smallerObject, watchedObject, digested } = scale;
  /** What no figure needs. */
  const extra = <T>(...names: T[]): T[] => (scale.neededOnly ? [] : names);
  const uploads = (size: number, peers: readonly Peer[]): Case[] =>
    peers.map((name) => ({
      name,
      plan: { action: "upload", ...CLIENTS[name], size: size * (SHARES[name] ?? 1), warmUp },
    }));
  const everyone = (Object.keys(CLIENTS) as Peer[]).filter(
    (name) => !scale.neededOnly || SHARES[name] === undefined,
  );
  const kernel = (name: string): Case => ({
    name,
    plan: { action: "kernel", subjects: [name], size: digested, warmUp },
  });

  const watched: Peer[] = [
    "cos-upload-stream",
    ...extra<Peer>("cos-upload-stream, no worker", "lib-storage"),
  ];

  return [
    {
      name: "kernels",
      link: "http",
      rounds,
      cases: [
        ...["CRC64 kernel", "crc64-ecma182.js", "MD5 kernel, four lanes", "node:crypto MD5"].map(kernel),
        { name: "copy", plan: { action: "copy", size: object } },
      ],
    },
    {
      name: "idle",
      link: "http",
      rounds: 1,
      cases: extra(...everyone).map((name) => ({
        name,
        plan: { action: "idle", client: CLIENTS[name].client },
      })),
    },
    { name: "throughput", link: "http", rounds, cases: uploads(object, everyone) },
    {
      name: "tls",
      link: "tls",
      rounds,
      cases: uploads(smallerObject, [
        "cos-upload-stream",
        "lib-storage",
        ...extra<Peer>("official SDK, sliceUploadFile", "minio", "bare undici"),
      ]),
    },
    { name: "objects", link: "http", rounds: 1, cases: objectSizes(scale) },
    { name: "streams", link: "http", rounds, cases: manyStreams(scale) },
    { name: "writes", link: "http", rounds, cases: [64, 64 * KIB].map((size) => written(scale, size)) },
    { name: "chunks", link: "http", rounds: scale.fewerRounds, cases: extra(...chunkSizes(scale)) },
    { name: "latency", link: "http", rounds, cases: smallObjects(scale) },
    { name: "imports", link: "http", rounds: scale.importRounds, cases: imports() },
    {
      name: "event loop",
      link: "http",
      rounds,
      cases: [
        { name: "doing nothing", plan: { action: "event-loop", ...OURS, size: 0 } },
        ...watched.map((name) => ({
          name,
          plan: { action: "event-loop", ...CLIENTS[name], size: watchedObject, warmUp } as const,
        })),
      ],
    },
    {
      name: "shaped link",
      link: "shaped",
      rounds: scale.fewerRounds,
      cases: uploads(scale.shapedObject, ["cos-upload-stream", "lib-storage", ...extra<Peer>("bare undici")]),
    },
  ];
}

/** A small pool, so that the source does not hide what the client holds. */
function objectSizes({ objects }: Scale): Case[] {
  const plan = { ...OURS, poolSize: MIB };
  return [
    { name: "idle", plan: { ...plan, action: "idle" } },
    ...objects.map((size) => ({
      name: `${size / MIB} MiB`,
      plan: { ...plan, action: "upload", size } as const,
    })),
  ];
}

/** As many streams through one client, with 128 MiB of part memory for all of them. */
function manyStreams({ streams }: Scale): Case[] {
  const memory = 128 * MIB;
  const plan = { ...OURS, poolSize: MIB };
  return [
    { name: "idle", plan: { ...plan, action: "idle", options: { memory } } },
    ...streams.map(({ count, size, ...parts }) => ({
      name: `${count} streams`,
      plan: { ...plan, action: "streams", count, size, options: { memory, ...parts } } as const,
    })),
  ];
}

function written({ written: size, warmUp }: Scale, chunkSize: number): Case {
  return { name: `${chunkSize} B writes`, plan: { ...OURS, action: "writes", size, warmUp, chunkSize } };
}

function chunkSizes({ chunked: size, warmUp }: Scale): Case[] {
  return [64, 64 * KIB, MIB].flatMap((chunkSize) =>
    (["cos-upload-stream", "lib-storage"] as const).map((client) => ({
      name: `${client}, ${chunkSize} B chunks`,
      plan: {
        action: "upload",
        client,
        size,
        warmUp: chunkSize === 64 ? 8 * MIB : warmUp,
        chunkSize,
      } as const,
    })),
  );
}

function smallObjects({ puts: count }: Scale): Case[] {
  return [
    { name: "cos-upload-stream, singlePut", plan: { action: "latency", ...OURS, count } },
    { name: "official SDK, putObject", plan: { action: "latency", client: "official-sdk", count } },
    { name: "bare undici", plan: { action: "latency", client: "bare-undici", count } },
  ];
}

function imports(): Case[] {
  const packages = {
    "cos-upload-stream": ["cos-upload-stream"],
    "lib-storage and client": ["@aws-sdk/lib-storage", "@aws-sdk/client-s3"],
    "official SDK": ["cos-nodejs-sdk-v5"],
  };
  return Object.entries(packages).map(([name, subjects]) => ({ name, plan: { action: "import", subjects } }));
}
