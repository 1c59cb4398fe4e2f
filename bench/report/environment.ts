import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { COMPARE, ROOT } from "../suite/paths.ts";

/** What the numbers depend on. */
export interface Environment {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  /** GiB. */
  readonly memory: number;
  readonly system: string;
  readonly node: string;
  readonly commit: string;
  /** Of the minute before the run: what else the machine did. */
  readonly load: number;
  readonly packages: Readonly<Record<string, string>>;
}

export function describeEnvironment(): Environment {
  const names = Object.keys(readJson(join(COMPARE, "package.json")).dependencies ?? {});
  const peers = names.filter((name) => !name.startsWith("@types/") && name !== "echarts");
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memory: Math.round(totalmem() / 1024 ** 3),
    system: `${platform()} ${release().split("-")[0]} ${arch()}`,
    node: process.version,
    commit: commit(),
    load: loadavg()[0] ?? 0,
    packages: {
      "cos-upload-stream": version(ROOT),
      "crc64-ecma182.js": version(join(ROOT, "node_modules/crc64-ecma182.js")),
      ...Object.fromEntries(peers.map((name) => [name, version(join(COMPARE, "node_modules", name))])),
    },
  };
}

function version(folder: string): string {
  return readJson(join(folder, "package.json")).version ?? "unknown";
}

function readJson(path: string): { version?: string; dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(path, "utf8")) as {
    version?: string;
    dependencies?: Record<string, string>;
  };
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}
