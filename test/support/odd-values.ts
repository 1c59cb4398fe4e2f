import fc from "fast-check";

const thrower = (): never => {
  throw new RangeError("a getter threw");
};
const revoked = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};
const throwing = (target: object): object =>
  new Proxy(target, {
    get: thrower,
    has: thrower,
    ownKeys: thrower,
    getPrototypeOf: thrower,
    getOwnPropertyDescriptor: thrower,
  });
const getter = (name: string): object => Object.defineProperty({}, name, { get: thrower, enumerable: true });

/** Values that nobody expects, by what they are: made anew each time, as some of them can be used once. */
const ODD: Readonly<Record<string, () => unknown>> = {
  "a symbol": () => Symbol("odd"),
  "a well-known symbol": () => Symbol.iterator,
  "a bigint": () => 2n ** 64n,
  "a huge bigint": () => 2n ** 100_000n,
  NaN: () => Number.NaN,
  "-0": () => -0,
  "an arrow function": () => () => 1,
  "a class": () => class Odd {},
  "an async generator": () => async function* odd() {},
  "an object without a prototype": () => Object.create(null),
  "an object whose constructor throws": () => getter("constructor"),
  "an object whose constructor has no name": () => ({ constructor: { name: Symbol("odd") } }),
  "an object whose constructor is null": () => ({ constructor: null }),
  "an object whose toString throws": () => ({
    toString: thrower,
    valueOf: thrower,
    [Symbol.toPrimitive]: thrower,
    toJSON: thrower,
  }),
  "an object in a circle": () => {
    const circle: Record<string, unknown> = {};
    circle.type = circle;
    return Object.assign(circle, { a: circle });
  },
  "a name that objects have": () => JSON.parse('{"__proto__":"x","constructor":"x","toString":"x"}'),
  "a proxy of nothing": () => new Proxy({}, {}),
  "a proxy that throws": () => throwing({}),
  "a function proxy that throws": () => throwing(() => 1),
  "a revoked proxy": () => revoked({}),
  "a revoked array": () => revoked([]),
  "a proxy with a name that is none": () => new Proxy({}, { ownKeys: () => ["type", "worker", "a"] }),
  "a getter called type that throws": () => getter("type"),
  "a getter called a that throws": () => getter("a"),
  "a getter called maxAttempts that throws": () => getter("maxAttempts"),
  "a getter called worker that throws": () => getter("worker"),
  "a getter called secretId that throws": () => getter("secretId"),
  "a getter called dispatch that throws": () => getter("dispatch"),
  "a date that is none": () => Object.create(Date.prototype),
  "a proxy of a date": () => new Proxy(new Date(), {}),
  "an invalid date": () => new Date(Number.NaN),
  "bytes that are none": () => Object.create(Uint8Array.prototype),
  "a proxy of bytes": () => new Proxy(new Uint8Array(32), {}),
  "an SSE-C key of proxied bytes": () => ({ type: "SSE-C", key: new Proxy(new Uint8Array(32), {}) }),
  "an SSE-C key that lies about its length": () => ({
    type: "SSE-C",
    key: Object.defineProperty(new Uint8Array(5), "byteLength", { value: 32 }),
  }),
  "an SSE-C key without its bytes": () => {
    const key = new Uint8Array(32);
    structuredClone(key, { transfer: [key.buffer] });
    return { type: "SSE-C", key };
  },
  "a type that changes when it is read": () => {
    const types = ["SSE-COS", "SSE-C", "SSE-KMS"];
    return {
      get type() {
        return types.shift();
      },
      key: "x",
    };
  },
  "a signal that is none": () => Object.create(AbortSignal.prototype),
  "a proxy of a signal": () => new Proxy(new AbortController().signal, {}),
  "a map": () => new Map([["a", "b"]]),
  "a weak map": () => new WeakMap(),
  "a boxed string": () => Object("SSE-COS"),
  "a boxed number": () => Object(1_048_576),
  "an array with holes": () => new Array(1_000_000),
  "an endless array": () => new Array(2 ** 32 - 1),
  "an array that throws": () => Object.defineProperty([], 0, { get: thrower, enumerable: true }),
  "a hundred thousand names": () =>
    Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`a${n}`, "b"])),
  "thirty million bytes": () => new Uint8Array(30_000_000),
  "a string of a million characters": () => "x".repeat(1_000_000),
  "a promise": () => Promise.resolve("x"),
  "the global object": () => globalThis,
  "an error": () => new Error("odd"),
};

/** A value with a description of it that can be printed, which cannot be said of all values. */
export interface Described {
  readonly make: () => unknown;
  readonly what: string;
}

const described = (what: string, make: () => unknown): Described =>
  ({ what, make, [fc.toStringMethod]: () => what }) as Described;

/** Any value at all, the awkward ones among them. */
export const anyValue: fc.Arbitrary<Described> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(...Object.entries(ODD)).map(([what, make]) => described(what, make)),
  },
  {
    weight: 2,
    arbitrary: fc
      .anything({
        withBigInt: true,
        withBoxedValues: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withObjectString: true,
        withSet: true,
        withSparseArray: true,
        withTypedArray: true,
        withUnicodeString: true,
      } as fc.ObjectConstraints)
      .map((value) => described(fc.stringify(value), () => value)),
  },
  {
    weight: 1,
    arbitrary: fc.jsonValue().map((value) => described(JSON.stringify(value), () => structuredClone(value))),
  },
);
