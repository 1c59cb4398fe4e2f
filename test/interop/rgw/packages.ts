import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Debian's packages, and what of them is run here. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  radosgw: ["radosgw"],
  "ceph-common": ["ceph", "radosgw-admin"],
  "ceph-base": ["monmaptool"],
  "ceph-mon": ["ceph-mon"],
  "ceph-osd": ["ceph-osd"],
  haproxy: ["haproxy"],
  "util-linux": ["setpriv"],
};

/** The PATH of root, where some of the programs are. */
export const ENVIRONMENT: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [process.env.PATH ?? "", "/usr/local/sbin", "/usr/sbin", "/sbin"].join(delimiter),
};

/** The packages that are not installed. */
export async function missingPackages(): Promise<string[]> {
  const missing: string[] = [];
  for (const [name, programs] of Object.entries(PACKAGES)) {
    const found = await Promise.all(programs.map(isInstalled));
    if (found.includes(false)) missing.push(name);
  }
  return missing;
}

async function isInstalled(program: string): Promise<boolean> {
  for (const folder of ENVIRONMENT.PATH!.split(delimiter)) {
    try {
      await access(join(folder, program), constants.X_OK);
      return true;
    } catch {
      // Another folder may have it.
    }
  }
  return false;
}

/**
 * Installs packages with apt-get.
 *
 * @throws Error that says why that cannot be done here.
 */
export async function installPackages(names: readonly string[], signal: AbortSignal): Promise<void> {
  const missing = `The RADOS Gateway cannot judge: Debian's packages ${names.join(", ")} are not installed`;
  if (process.getuid?.() !== 0) throw new Error(`${missing}, and only root can install them`);
  try {
    await aptGet(["update"], signal);
    await aptGet(["install", "--yes", "--no-install-recommends", ...names], signal);
  } catch (cause) {
    throw new Error(`${missing}, and could not be: ${(cause as Error).message}`, { cause });
  }
}

async function aptGet(args: readonly string[], signal: AbortSignal): Promise<void> {
  const env = { ...ENVIRONMENT, DEBIAN_FRONTEND: "noninteractive" };
  const child = spawn("apt-get", ["--quiet", ...args], {
    env,
    stdio: ["ignore", "inherit", "inherit"],
    signal,
  });
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`apt-get ${args[0]} ended with ${code}`)),
    );
  });
}
