import { open } from "node:fs/promises";

/** Not every file system can, and those that can't have no better way. */
const UNABLE = ["EINVAL", "ENOTSUP", "ENOSYS"];

/** Has the names in a folder on the disk when it returns. Windows opens no folders; its file systems keep a journal of names. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } catch (error) {
    if (!UNABLE.includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    await folder.close();
  }
}
