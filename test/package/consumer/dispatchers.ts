// Dispatchers of both versions of undici that are taken; never run.
import { type CosClientOptions, createUploadStream } from "cos-upload-stream";
import { Agent, ProxyAgent } from "undici";
import { Agent as Agent8, ProxyAgent as ProxyAgent8 } from "undici-8";

export const options: readonly CosClientOptions[] = [
  new Agent(),
  new ProxyAgent("http://proxy.example"),
  new Agent8(),
  new ProxyAgent8("http://proxy.example"),
].map((dispatcher) => ({ bucket: "examplebucket-1250000000", region: "ap-beijing", dispatcher }));

// @ts-expect-error a function is no dispatcher
createUploadStream({ key: "exampleobject", dispatcher: fetch });
