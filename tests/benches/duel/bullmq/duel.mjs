// BullMQ on Node with its defaults: node duel.mjs COMMAND QUEUE COUNT CONCURRENCY, the protocol of ../README.md.
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";

const [command, name, countText, concurrencyText] = process.argv.slice(2);
const count = Number(countText);
const concurrency = Number(concurrencyText);
const BULK = 500;
const AHEAD_MS = 20_000;

const connect = () => new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
const redis = connect();
const queue = new Queue(name, { connection: connect() });
await queue.waitUntilReady();

const now = () => performance.timeOrigin + performance.now();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const percentile = (values, percent) => {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(Math.floor((sorted.length * percent) / 100), sorted.length - 1)] ?? 0;
};

let started = 0;
let first = 0;
const waits = [];

const work = () =>
  new Worker(
    name,
    async (job) => {
      const at = now();
      if (job.data.added) waits.push(at - job.data.added);
      if (job.data.mark) await redis.rpush(job.data.mark, at);
      if (started++ === 0) first = at;
      if (job.data.hold) await pause(job.data.hold);
    },
    { connection: connect(), concurrency },
  );

const fill = async (count, hold, due) => {
  for (let number = 0; number < count; number += BULK) {
    const jobs = [];
    for (let n = number; n < Math.min(number + BULK, count); n++) {
      const data = { number: n, ...(hold && { hold }), ...(due && { added: due }) };
      jobs.push({ name: "duel", data, opts: due ? { delay: Math.max(0, due - Date.now()) } : {} });
    }
    await queue.addBulk(jobs);
  }
};

const untilDone = async (count) => {
  while (started < count) await pause(5);
  while ((await queue.getJobCountByTypes("waiting", "active", "delayed", "prioritized")) > 0) await pause(2);
  return now();
};

const usedMemory = async () => Number((await redis.info("memory")).match(/^used_memory:(\d+)/m)[1]);
const percentiles = (values) => ({ p50_ms: percentile(values, 50), p95_ms: percentile(values, 95), p99_ms: percentile(values, 99) });

const commands = {
  async one() {
    const times = [];
    const begin = now();
    for (let number = 0; number < count; number++) {
      const before = now();
      await queue.add("duel", { number });
      times.push(now() - before);
    }
    return { per_second: (count * 1000) / (now() - begin), p50_ms: percentile(times, 50), p99_ms: percentile(times, 99) };
  },
  async bulk() {
    const begin = now();
    await fill(count);
    return { per_second: (count * 1000) / (now() - begin) };
  },
  async drain() {
    await fill(count);
    work();
    const end = await untilDone(count);
    return { per_second: (count * 1000) / (end - first) };
  },
  async latency() {
    work();
    await pause(1000);
    const begin = now();
    for (let number = 0; number < count; number++) {
      await pause(Math.max(0, begin + number * 20 - now()));
      await queue.add("duel", { number, added: now() });
    }
    await untilDone(count);
    return percentiles(waits);
  },
  async due() {
    const due = (Math.floor(Date.now() / 1000)) * 1000 + AHEAD_MS;
    await fill(count, 0, due);
    work();
    await untilDone(count);
    return { first_ms: waits.reduce((a, b) => Math.min(a, b)), last_ms: waits.reduce((a, b) => Math.max(a, b)) };
  },
  async flood() {
    await fill(count, 5);
    work();
    await pause(1000);
    for (let number = 0; number < 10; number++) {
      await queue.add("duel", { number, added: now() });
      await pause(100);
    }
    await untilDone(count + 10);
    return percentiles(waits);
  },
  async memory() {
    const before = await usedMemory();
    await fill(count);
    const waiting = await usedMemory();
    work();
    await untilDone(count);
    await pause(1000);
    const after = await usedMemory();
    return { bytes_waiting: (waiting - before) / count, bytes_finished: (after - before) / count };
  },
  async hold() {
    for (let number = 0; number < count; number++) {
      await queue.add("duel", { number, hold: 300_000, mark: process.env.DUEL_MARK });
    }
    return { added: count };
  },
  async work() {
    work();
    await new Promise(() => {});
  },
};

console.log(JSON.stringify(await commands[command]()));
process.exit(0);
