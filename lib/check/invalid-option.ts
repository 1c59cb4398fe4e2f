/** A wrong option or parameter: `ERR_COS_INVALID_OPTION`. It is thrown before anything is sent. */
export type InvalidOptionError = (TypeError | RangeError) & {
  /** Always the same. */
  code: "ERR_COS_INVALID_OPTION";
  /** Name of the option, such as `partSize` or `retry.maxAttempts`. */
  option: string;
};

/**
 * Makes the error for a bad option.
 *
 * @param kind `TypeError` for a wrong type or a missing option, `RangeError` for a value outside its bounds.
 * @param option The option's name.
 * @param rule What a good value is, in words.
 * @param received What was given; never pass a secret.
 */
export function invalidOption(
  kind: typeof TypeError | typeof RangeError,
  option: string,
  rule: string,
  received: string,
): InvalidOptionError {
  const message = `Invalid option "${option}": ${rule}; received ${received}`;
  return Object.assign(new kind(message), { code: "ERR_COS_INVALID_OPTION" as const, option });
}

/** Whether {@link invalidOption} made it. */
export function isInvalidOption(error: unknown): error is InvalidOptionError {
  return error instanceof Error && "code" in error && error.code === "ERR_COS_INVALID_OPTION";
}
