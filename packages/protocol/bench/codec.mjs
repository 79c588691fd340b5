/**
 * Messages per second, decoded and encoded again on one core, over the mix of the recorded sessions.
 * Run: node packages/protocol/bench/codec.mjs (after a build)
 */
import { readFileSync } from 'node:fs';
import { encodeMessage, StreamDecoder } from '../dist/index.js';

const wanted = 100_000;
const { sessions } = JSON.parse(readFileSync(new URL('../conformance/vectors.json', import.meta.url), 'utf8'));
const frames = sessions
  .flatMap(({ messages }) => messages.map(({ hex }) => Buffer.from(hex, 'hex')))
  .filter((frame) => new StreamDecoder().push(frame).messages.length === 1);

/** @param {number} messages */
function run(messages) {
  const decoder = new StreamDecoder();
  let done = 0;
  let bytes = 0;
  const before = process.cpuUsage();
  while (done < messages) {
    for (const frame of frames) {
      for (const message of decoder.push(frame).messages) {
        bytes += encodeMessage(message).length;
        done++;
      }
    }
  }
  const { user, system } = process.cpuUsage(before);
  return { perSecond: done / ((user + system) / 1e6), megabytesPerSecond: bytes / (user + system) };
}

run(50_000);
const { perSecond, megabytesPerSecond } = run(500_000);
console.log(
  `codec: ${Math.round(perSecond)} messages/s decoded and encoded (${megabytesPerSecond.toFixed(0)} MB/s), ` +
    `${frames.length} recorded messages, wanted ${wanted}`,
);
process.exitCode = perSecond >= wanted ? 0 : 1;
