import { access, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeValue } from "../../check/describe.ts";
import { invalidOption } from "../../check/invalid-option.ts";

/** Marks a directory as an emulator's own: what it doesn't know in there, it removes. */
const MARKER = "cos-emulator.json";

/** What systems put into folders that are empty to their users. */
const CLUTTER = ["lost+found", ".DS_Store", "desktop.ini", "Thumbs.db"];

/** Makes a directory, or an empty one, an emulator's own; refuses one that holds anything else. */
export async function claimFolder(directory: string): Promise<void> {
  const names = await namesIn(directory);
  const marker = join(directory, MARKER);
  if (names.every((name) => CLUTTER.includes(name))) await writeFile(marker, '{"version":1}\n');
  // Asked after the names were read: another emulator that starts now puts its mark there before anything else.
  else if (!(await exists(marker))) {
    const rule = "it must be empty, or one that an emulator used before";
    throw invalidOption(RangeError, "directory", rule, describeValue(directory));
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    await mkdir(directory, { recursive: true });
    return await readdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EEXIST" && code !== "ENOTDIR") throw error;
    throw invalidOption(RangeError, "directory", "it must be a folder, not a file", describeValue(directory));
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
