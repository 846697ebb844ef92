#!/usr/bin/env node
// The command `postbud` of the package: the daemon, on a Node that can run it.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 2)) {
  console.error(
    `The daemon needs Node 24.2 or newer; this is ${process.versions.node}. postbud/client runs on Node 20.`,
  );
  process.exit(2);
}
const { run } = await import('./main.ts');
await run();

export {};
