import { CosUploadError } from "./errors.ts";

/**
 * Loads a package that most programs can do without until a certain moment.
 *
 * @param load The `import` itself, so that bundlers see what is loaded.
 * @throws CosUploadError `ERR_COS_DEPENDENCY`: trying again would fail in the same way.
 */
export async function loadDependency<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw notLoaded(name, error);
  }
}

/** `ERR_COS_DEPENDENCY`. */
export function notLoaded(name: string, cause: unknown): CosUploadError {
  const { message = cause } = Object(cause) as { message?: unknown };
  return new CosUploadError(
    "ERR_COS_DEPENDENCY",
    `The package "${name}", which cos-upload-stream needs, could not be loaded: ${String(message).split("\n", 1)[0]}. Install ` +
      "it in a version that cos-upload-stream's package.json and your Node.js allow, or bundle it",
    { cause },
  );
}
