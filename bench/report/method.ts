/** What the page says about how its numbers came to be. */
export const METHOD = {
  commands: `| command | |
| --- | --- |
| \`npm run bench\` | everything, in under 10 minutes |
| \`npm run bench -- --quick\` | what the figures need, once and small, in under a minute; prints only |
| \`npm run bench -- --only throughput --only tls\` | some groups (the names in \`suite/groups.ts\`, and \`gates\`); prints only |
| \`npm run bench -- --largest 64\` | with an object of 64 GiB |
| \`npm run bench:large-object -- --parts 10000\` | do 10,000 parts exactly arrive whole, in constant memory at both ends? |
| \`npm run bench:large-object -- --size 21474836480\` | do 20 GiB of unknown length? |`,

  gates:
    "No speed counts if one of these fails; the command fails then. The controls are built to be found out.",

  text: `- **What is measured.** The package as users get it, from \`dist/\`, with its defaults: parts of 8 MiB, 4 connections, every part
  with MD5 and CRC64, every ETag checked, length of the whole verified after Complete. (The server computes nothing, so it tells no
  CRC64 to compare with; ours is computed all the same.) Peers are in \`compare/\`, with their defaults but for what the names say.
- **One process a measurement**, in rounds: A B C, A B C, and so on, so that what disturbs a round disturbs all in it. Numbers are
  medians; ratios are medians of the rounds' ratios. Before it measures, a process uploads 64 MiB. \`results/\` has all samples.
- **One object** is 1 GiB over HTTP, half of it over TLS; rows that no figure is about send a half or a quarter of that.
- **The source** is one for all: a Readable of views of 64 MiB of seeded bytes, in chunks of 64 KiB where no other size is
  named, of unknown length. \`sliceUploadFile\` has no stream and gets a file in memory; the figure is against the way it is faster,
  with parts of 8 MiB, 4 at a time, not its default of 1 MiB, 3 at a time. minio is told to make parts of 8 MiB, as its own would be of 528 MiB; it sends them one after another.
  ali-oss's \`putStream\` and the official SDK's \`putObject\` (which must know the length) send one request with no digest, which
  cannot be retried. Bare undici has ready Buffers: no source, no copy, no digest, no signature.
- **The server** is in a process of its own on the same machine, and shares its cores. It frames HTTP by itself, reads all into
  one buffer and drops it, and answers when a body is whole; the ETag is the Content-MD5. Where this was chosen it cost 0.3 CPU
  seconds per GiB; \`node:http\` 0.6 to 0.8. What it cost here is in the tables. After each measurement it is asked how many bytes
  of which objects came, and whether they were completed; any other number than was sent is an error, not a measurement.
- **CPU** is that of all threads of the client's process; the main thread's own is from Linux's \`schedstat\`.
- **Memory** is the most that was resident since the process began (\`VmHWM\`), less what is resident in a process that has loaded
  and prepared the same and uploads nothing. Part memory is what \`stats()\` says, looked at every 5 ms.
- **Event-loop delay** is from \`monitorEventLoopDelay\` with a resolution of 1 ms, which each delay contains.
- **TLS** is 1.3 with the test suite's own certificate, trusted by each client's process (\`NODE_EXTRA_CA_CERTS\`).
- **Streams at once**: 256 of 18 MiB, three parts each, while there is memory for 16 parts. As many turns as parts would give
  each its first before any gets its third. What a stream got is seen at its source.`,
} as const;
