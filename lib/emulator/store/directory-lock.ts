import { randomBytes } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { delay } from "../../timers.ts";
import { EmulatorDirectoryInUseError } from "../directory-in-use-error.ts";
import { isAlive, type ProcessIdentity, thisProcess } from "./process-identity.ts";

/** Milliseconds between two looks whether another claimant has decided, and the number of looks. */
const TURN = 10;
const MOST_TURNS = 500;

/** Marks the claim that has the directory. */
const HELD = ".held";

/**
 * Gives a directory to one process. Each claimant adds a file with a name of its own, which says which process it is. Then it looks for
 * other files: of two claimants, at least the later one sees the other. So no file is ever replaced, and no claimant removes the claim
 * of a living process. The claim of a dead process does not count. Of claims at the same time, the first by name wins.
 */
export class DirectoryLock {
  readonly #folder: string;
  readonly #claim: string;

  private constructor(folder: string, claim: string) {
    this.#folder = folder;
    this.#claim = claim;
  }

  /** @throws {EmulatorDirectoryInUseError} */
  static async acquire(directory: string): Promise<DirectoryLock> {
    const folder = join(directory, "locks");
    await mkdir(folder, { recursive: true });
    const lock = new DirectoryLock(folder, nameClaim(await thisProcess()));
    try {
      await writeFile(join(folder, lock.#claim), "", { flag: "wx" });
      await lock.#win(directory);
      return lock;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async release(): Promise<void> {
    await rm(join(this.#folder, this.#claim), { force: true });
    await rm(join(this.#folder, this.#claim + HELD), { force: true });
  }

  async #win(directory: string): Promise<void> {
    for (let turn = 0; ; turn++) {
      const rivals = await this.#rivals();
      if (rivals.length === 0) break;
      const winner = rivals.find(({ held, name }) => held || name < this.#claim || turn === MOST_TURNS);
      if (winner) {
        throw new EmulatorDirectoryInUseError(directory, winner.holder, join(this.#folder, winner.name));
      }
      // They came before they could see this claim and go on, or after it and give way.
      await delay(TURN);
    }
    await writeFile(join(this.#folder, this.#claim + HELD), "");
  }

  /** The claims of others that are alive; what the dead left is removed. */
  async #rivals(): Promise<{ name: string; holder: ProcessIdentity; held: boolean }[]> {
    const names = await readdir(this.#folder);
    const rivals = [];
    for (const name of names.sort()) {
      const holder = parseClaim(name);
      if (name === this.#claim || !holder) continue;
      if (!(await isAlive(holder))) await rm(join(this.#folder, name), { force: true });
      else if (!name.endsWith(HELD)) rivals.push({ name, holder, held: names.includes(name + HELD) });
    }
    return rivals;
  }
}

function nameClaim({ pid, started, host }: ProcessIdentity): string {
  return [pid, started, host, randomBytes(8).toString("hex")].join("-");
}

/** Reads {@link nameClaim}'s name back, and that of the mark beside it. */
function parseClaim(name: string): ProcessIdentity | undefined {
  const match = /^(\d{1,10})-(\d{1,20})-(.*)-[0-9a-f]{16}(?:\.held)?$/.exec(name);
  if (!match) return undefined;
  return { pid: Number(match[1]), started: match[2] ?? "", host: match[3] ?? "" };
}
