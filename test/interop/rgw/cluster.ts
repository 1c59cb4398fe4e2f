import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Daemon, isListening } from "./daemon.ts";
import { agentTo, directly, type Judge, type RawRequest, sendRaw } from "./judge.ts";
import { ENVIRONMENT } from "./packages.ts";
import type { SigV4Keys } from "./sigv4.ts";

const run = promisify(execFile);

/** A name as COS has them. */
const BUCKET = "interop-1250000000";

/** Resolved by nobody: clients are told which port it is. */
const DOMAIN = "rgw.test";

/** A Ceph cluster of one process each, with its gateway and a proxy in front of it, in a folder that goes with it. */
export class Cluster {
  readonly #signal: AbortSignal;
  readonly #daemons: Daemon[] = [];
  #folder = "";

  /** @param signal Ends a start that is under way. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  async start(): Promise<Judge> {
    this.#folder = await mkdtemp(join(tmpdir(), "cos-rgw-"));
    const [monitorPort, gatewayPort, proxyPort] = await freePorts(3);
    const keys = {
      accessKeyId: randomBytes(10).toString("hex"),
      secretAccessKey: randomBytes(20).toString("hex"),
    };
    const values = {
      fsid: randomUUID(),
      folder: this.#folder,
      bucket: BUCKET,
      domain: DOMAIN,
      monitorPort: String(monitorPort),
      gatewayPort: String(gatewayPort),
      proxyPort: String(proxyPort),
    };
    await this.#configure("ceph.conf", values);
    await this.#configure("haproxy.cfg", values);
    await this.#startStore(values);
    await this.#startGateway(gatewayPort!, keys);
    await this.#startProxy(proxyPort!);
    const judge = { bucket: BUCKET, domain: DOMAIN, gatewayPort: gatewayPort!, proxyPort: proxyPort!, keys };
    await createOpenBucket(judge);
    return judge;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#daemons.map((daemon) => daemon.kill()));
    if (this.#folder !== "") await rm(this.#folder, { recursive: true, force: true });
  }

  /** The monitor and the OSD. */
  async #startStore({ fsid, monitorPort }: { fsid: string; monitorPort: string }): Promise<void> {
    const map = join(this.#folder, "monmap");
    await Promise.all(["mon", "osd"].map((name) => mkdir(join(this.#folder, name))));
    const address = `[v2:127.0.0.1:${monitorPort}]`;
    await this.#run("monmaptool", ["--create", "--fsid", fsid, "--addv", "a", address, map]);
    await this.#ceph("ceph-mon", "--mkfs", "-i", "a", "--monmap", map);
    const monitor = this.#daemon("ceph-mon", "-i", "a");
    await monitor.ready(() => isListening(Number(monitorPort)), this.#signal);
    const osd = randomUUID();
    await this.#ceph("ceph", "osd", "new", osd);
    await this.#ceph("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd, "--monmap", map);
    await this.#daemon("ceph-osd", "-i", "0").ready(
      async () => (await this.#ceph("ceph", "osd", "stat")).includes("1 up"),
      this.#signal,
    );
  }

  async #startGateway(port: number, keys: SigV4Keys): Promise<void> {
    await this.#daemon("radosgw", "-n", "client.rgw").ready(() => isListening(port), this.#signal);
    const user = [
      "--uid=judge",
      "--display-name=judge",
      `--access-key=${keys.accessKeyId}`,
      `--secret=${keys.secretAccessKey}`,
    ];
    await this.#ceph("radosgw-admin", "--ms-mon-client-mode=crc", "user", "create", ...user);
  }

  async #startProxy(port: number): Promise<void> {
    const proxy = new Daemon("haproxy", ["-db", "-f", join(this.#folder, "haproxy.cfg")]);
    this.#daemons.push(proxy);
    await proxy.ready(() => isListening(port), this.#signal);
  }

  /** Writes a file of this folder with its placeholders filled in. */
  async #configure(name: string, values: Readonly<Record<string, string>>): Promise<void> {
    const template = await readFile(new URL(name, import.meta.url), "utf8");
    const text = template.replace(/\{(\w+)\}/g, (placeholder, value: string) => values[value] ?? placeholder);
    await writeFile(join(this.#folder, name), text);
  }

  #daemon(program: string, ...args: readonly string[]): Daemon {
    const daemon = new Daemon(program, ["-f", "-c", join(this.#folder, "ceph.conf"), ...args]);
    this.#daemons.push(daemon);
    return daemon;
  }

  async #ceph(program: string, ...args: readonly string[]): Promise<string> {
    return await this.#run(program, ["-c", join(this.#folder, "ceph.conf"), ...args]);
  }

  async #run(program: string, args: readonly string[]): Promise<string> {
    return (await run(program, args, { env: ENVIRONMENT, signal: this.#signal })).stdout;
  }
}

/** A bucket in which those without a signature may do anything as well. */
async function createOpenBucket(judge: Judge): Promise<void> {
  const agent = agentTo(judge.gatewayPort);
  const anyone = { Effect: "Allow", Principal: "*", Action: "s3:*" };
  const Resource = [`arn:aws:s3:::${judge.bucket}`, `arn:aws:s3:::${judge.bucket}/*`];
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: [{ ...anyone, Resource }] });
  const requests: RawRequest[] = [{ method: "PUT" }, { method: "PUT", query: { policy: "" }, body: policy }];
  try {
    for (const request of requests) {
      const { status, body } = await sendRaw(directly(judge), agent, request);
      if (status > 299)
        throw new Error(`The gateway refused to make a bucket (${status}): ${body.toString()}`);
    }
  } finally {
    await agent.close();
  }
}

/** Ports that nobody listens on, found together so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once("listening", resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
