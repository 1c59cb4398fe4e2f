// CommonJS, as `require` is the one way to load a package at its first use and at once, that every bundler follows.

/** Loads `crc64-ecma182.js`. */
module.exports = (): unknown => {
  // The package asks for a directory that it does not use. A bundle of ES modules has none.
  const names = globalThis as { __dirname?: string };
  const isBundled = typeof __dirname === "undefined";
  if (isBundled) names.__dirname = "";
  try {
    return require("crc64-ecma182.js");
  } finally {
    if (isBundled) delete names.__dirname;
  }
};
