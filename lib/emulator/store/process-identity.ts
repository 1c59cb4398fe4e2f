import { readFile } from "node:fs/promises";
import { hostname } from "node:os";

/** A process, told from those that have its number before or after it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process began, in the system's own ticks; 0 where the system doesn't tell. */
  readonly started: string;
  /** As it may stand in a file's name. */
  readonly host: string;
}

export async function thisProcess(): Promise<ProcessIdentity> {
  return { pid: process.pid, started: (await inspect(process.pid))?.started ?? "0", host: thisHost() };
}

/** Whether it runs, or may run: of another host's processes nothing is known. */
export async function isAlive({ pid, started, host }: ProcessIdentity): Promise<boolean> {
  if (host !== thisHost()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Anything else says that the process is there, but another user's.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const found = await inspect(pid);
  if (!found) return true;
  return found.state !== "Z" && found.state !== "X" && (started === "0" || found.started === started);
}

function thisHost(): string {
  return hostname()
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, "_")
    .slice(0, 64);
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html (fields 3 and 22) */
async function inspect(pid: number): Promise<{ state: string; started: string } | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "latin1");
    // The second field is the command's name, which may have spaces and parentheses of its own.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", started: fields[19] ?? "0" };
  } catch {
    return undefined;
  }
}
