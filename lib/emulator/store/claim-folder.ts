import { access, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeValue } from "../../check/describe.ts";
import { invalidOption } from "../../check/invalid-option.ts";

/** Marks a directory that belongs to an emulator, which removes unknown files in it. */
const MARKER = "cos-emulator.json";

/** Files that systems put into folders that look empty. */
const CLUTTER = ["lost+found", ".DS_Store", "desktop.ini", "Thumbs.db"];

/** Makes a directory for the emulator, or takes an empty one. It refuses one with other files. */
export async function claimFolder(directory: string): Promise<void> {
  const names = await namesIn(directory);
  const marker = join(directory, MARKER);
  if (names.every((name) => CLUTTER.includes(name))) await writeFile(marker, '{"version":1}\n');
  // Checked after the names were read: another emulator that starts now writes its mark before anything else.
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
