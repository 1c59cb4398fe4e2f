import pure from "./.c8rc.pure.json" with { type: "json" };

/** Mutates the pure rooms, and runs the tests that mirror them, one file a process; Node strips the types. */
export default {
  testRunner: "tap",
  plugins: ["@stryker-mutator/tap-runner"],
  mutate: pure.include,
  tap: {
    testFiles: [
      "test/parts/plan.test.ts",
      "test/parts/recut.test.ts",
      "test/retry/policy.test.ts",
      "test/throughput/slow-parts.test.ts",
      "test/throughput/concurrency-search.test.ts",
      "test/cos/signing/authorization.test.ts",
      "test/cos/encoding.test.ts",
      "test/cos/answers/marks.test.ts",
      "test/cos/answers/verify.test.ts",
      "test/cos/answers/xml.test.ts",
      "test/digest/combine.test.ts",
      "test/upload/found-object.test.ts",
      "test/upload/proof.test.ts",
    ],
    nodeArgs: ["--test-reporter=tap"],
    forceBail: true,
  },
  disableTypeChecks: false,
  ignorePatterns: ["**", "!lib/**", "!test/**", "!package.json"],
  concurrency: 2,
  timeoutMS: 5000,
  tempDirName: ".stryker",
  cleanTempDir: "always",
  reporters: ["clear-text", "json"],
  jsonReporter: { fileName: "coverage/mutation.json" },
  clearTextReporter: { logTests: false, allowColor: false },
  allowConsoleColors: false,
  thresholds: { high: 97, low: 96, break: 96 },
};
