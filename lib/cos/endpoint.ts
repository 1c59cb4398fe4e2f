import { invalidOption } from "../check/invalid-option.ts";

export interface EndpointOptions {
  readonly bucket: string;
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly accelerate?: boolean | undefined;
  readonly internal?: boolean | undefined;
}

/** The host that requests are sent to. */
export interface Endpoint {
  /** `https://host[:port]`. */
  readonly origin: string;
  /** The `Host` header, which is signed. It has the port, unless that is the default port of the scheme. */
  readonly host: string;
  readonly secure: boolean;
  /** Whether the host is this machine. */
  readonly loopback: boolean;
}

/**
 * Finds the host of a bucket.
 *
 * @throws TypeError `ERR_COS_INVALID_OPTION` if `endpoint` is not an origin, or is given together with another choice of host.
 * @see https://intl.cloud.tencent.com/document/product/436/6224 (Regions and Access Domain Names)
 */
export function resolveEndpoint(options: EndpointOptions): Endpoint {
  const { bucket, region, endpoint, accelerate = false, internal = false } = options;
  if (endpoint !== undefined && (accelerate || internal)) {
    const other = accelerate ? "accelerate" : "internal";
    throw invalidOption(
      TypeError,
      "endpoint",
      `cannot be combined with "${other}"; both choose the host`,
      withoutUser(endpoint),
    );
  }
  const filled = (endpoint ?? defaultEndpoint(accelerate, internal))
    .replaceAll("{bucket}", bucket)
    .replaceAll("{region}", region);
  const url = parseOrigin(filled);
  return {
    origin: url.origin,
    host: url.host,
    secure: url.protocol === "https:",
    loopback: /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname),
  };
}

/** The host of a bucket that is neither accelerated nor internal, with the default port of the scheme. */
const USUAL_HOST = /^[a-z\d-]+-\d+\.cos\.(?!accelerate\.)[a-z\d-]+\.myqcloud\.com$/;

/**
 * The same bucket at the other domain of COS, for a failure on the way to the first one. Other hosts have no backup: what is sent to a domain
 * of the user is meant for this domain only.
 */
export function backupEndpoint(endpoint: Endpoint): Endpoint | undefined {
  if (!USUAL_HOST.test(endpoint.host)) return undefined;
  const host = endpoint.host.replace(/myqcloud\.com$/, "tencentcos.cn");
  return { ...endpoint, host, origin: endpoint.origin.replace(endpoint.host, host) };
}

function defaultEndpoint(accelerate: boolean, internal: boolean): string {
  if (accelerate && internal) return "https://{bucket}.cos-internal.accelerate.tencentcos.cn";
  if (accelerate) return "https://{bucket}.cos.accelerate.myqcloud.com";
  if (internal) return "https://{bucket}.cos-internal.{region}.tencentcos.cn";
  return "https://{bucket}.cos.{region}.myqcloud.com";
}

function parseOrigin(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.hostname !== "" &&
    url.pathname === "/" &&
    !/[?#@{}]/.test(text);
  if (isOrigin) return url;
  throw invalidOption(
    TypeError,
    "endpoint",
    'expected an origin such as "https://cos.example.com" or "http://127.0.0.1:9000", without path, query or user',
    withoutUser(text),
  );
}

/** An endpoint as it can be shown: its user part may have a password. */
function withoutUser(text: string): string {
  const shown = text.replace(/^([a-z]+:[\\/]*)?.*@/is, "$1***@");
  return `"${shown.length > 200 ? `${shown.slice(0, 200)}…` : shown}"`;
}
