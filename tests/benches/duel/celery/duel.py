"""Celery: python duel.py COMMAND QUEUE COUNT CONCURRENCY, the protocol of ../README.md."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

command, queue, count, concurrency = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
os.environ["DUEL_QUEUE"] = queue
os.chdir(Path(__file__).parent)

import redis  # noqa: E402
from tasks import REDIS_URL, app, duel, first  # noqa: E402

AHEAD = 20
client = redis.Redis.from_url(REDIS_URL)


def percentile(values, percent):
    values = sorted(values)
    return values[min(len(values) * percent // 100, len(values) - 1)]


def percentiles():
    waits = [float(wait) for wait in client.lrange(f"{queue}:waits", 0, -1)]
    return {f"p{percent}_ms": percentile(waits, percent) for percent in (50, 95, 99)}


def worker_arguments():
    # Neither gossip nor events: a single worker needs none, and they cost it time.
    options = ["--loglevel", "ERROR", "--without-gossip", "--without-mingle", "--concurrency", concurrency]
    return [sys.executable, "-m", "celery", "-A", "tasks", "worker", "-Q", queue, "-n", f"{queue}-{os.getpid()}@duel", *options]


class Worker:
    def __enter__(self):
        self.process = subprocess.Popen(worker_arguments(), stdout=sys.stderr)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def fill(count, **options):
    """Adds through one connection: Celery has no call that adds many."""
    with app.producer_pool.acquire() as producer:
        for number in range(count):
            duel.apply_async((number,), options.get("arguments", {}), producer=producer, **options.get("terms", {}))


def until_done():
    while client.llen(queue) + client.hlen("unacked"):
        time.sleep(0.005)
    return time.time()


def one():
    times = []
    with app.producer_pool.acquire() as producer:
        begin = time.time()
        for number in range(count):
            before = time.perf_counter()
            duel.apply_async((number,), producer=producer)
            times.append((time.perf_counter() - before) * 1000)
    return {"per_second": count / (time.time() - begin), "p50_ms": percentile(times, 50), "p99_ms": percentile(times, 99)}


def bulk():
    begin = time.time()
    fill(count)
    return {"per_second": count / (time.time() - begin)}


def drain():
    first.delay()
    fill(count)
    with Worker():
        begin = float(client.blpop(f"{queue}:first", 60)[1])
        return {"per_second": count / (until_done() - begin)}


def ready():
    """Waits until the worker has run a task."""
    first.delay()
    client.blpop(f"{queue}:first", 60)


def latency():
    with Worker():
        ready()
        begin = time.time()
        for number in range(count):
            time.sleep(max(0, begin + number * 0.02 - time.time()))
            duel.apply_async((number,), {"added": time.time()})
        until_done()
    return percentiles()


def due():
    at = int(time.time()) + AHEAD
    terms = {"eta": datetime.fromtimestamp(at, timezone.utc)}
    with Worker():
        ready()
        fill(count, arguments={"added": at}, terms=terms)
        while client.llen(f"{queue}:waits") < count:
            time.sleep(0.05)
    waits = [float(wait) for wait in client.lrange(f"{queue}:waits", 0, -1)]
    return {"first_ms": min(waits), "last_ms": max(waits)}


def flood():
    fill(count, arguments={"hold_ms": 5})
    with Worker():
        ready_after(1)
        for number in range(10):
            duel.apply_async((number,), {"added": time.time()})
            time.sleep(0.1)
        while client.llen(f"{queue}:waits") < 10:
            time.sleep(0.05)
    return percentiles()


def ready_after(seconds):
    """Waits until the backlog moves, and a while longer."""
    while client.llen(queue) >= count:
        time.sleep(0.01)
    time.sleep(seconds)


def memory():
    used = lambda: client.info("memory")["used_memory"]  # noqa: E731
    before = used()
    fill(count)
    waiting = used()
    with Worker():
        until_done()
        time.sleep(1)
        after = used()
    return {"bytes_waiting": (waiting - before) / count, "bytes_finished": (after - before) / count}


def hold():
    for number in range(count):
        duel.apply_async((number,), {"hold_ms": 300_000, "mark": os.environ["DUEL_MARK"]})
    return {"added": count}


if command == "work":
    os.execv(sys.executable, worker_arguments())
print(json.dumps({"one": one, "bulk": bulk, "drain": drain, "latency": latency, "due": due, "flood": flood, "memory": memory, "hold": hold}[command]()))
