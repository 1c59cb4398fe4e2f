/**
 * Makes `instanceof` hold for instances of the same class from another copy of this package. A process can have two: one that was
 * loaded by `import`, and one by `require`.
 *
 * @param branded The class. Its subclasses keep their own `instanceof`.
 * @param name Its exported name.
 */
export function brand(branded: abstract new (...args: never[]) => object, name: string): void {
  Object.defineProperty(branded.prototype, markOf(name), { value: true });
  // Not declared as a static method: TypeScript would then no longer narrow by `instanceof`.
  Object.defineProperty(branded, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      // A subclass inherits this function.
      return this === branded
        ? isBranded(value, name)
        : Function.prototype[Symbol.hasInstance].call(this, value);
    },
  });
}

/** Whether a value is an instance of the class of that name, of whichever copy. */
export function isBranded(value: unknown, name: string): boolean {
  try {
    return typeof value === "object" && value !== null && markOf(name) in value;
  } catch {
    // A proxy that was revoked, or whose trap throws.
    return false;
  }
}

function markOf(name: string): symbol {
  return Symbol.for(`cos-upload-stream.${name}`);
}
