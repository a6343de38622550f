"""The tasks of the duel, for Celery's own worker program. Celery's defaults, except that results are not kept."""

import os
import time

import redis
from celery import Celery

QUEUE = os.environ["DUEL_QUEUE"]
REDIS_URL = os.environ["REDIS_URL"]

app = Celery("duel", broker=REDIS_URL)
app.conf.task_default_queue = QUEUE
app.conf.task_ignore_result = True
app.conf.broker_connection_retry_on_startup = True

_redis = None


def note(name, value):
    """Tells the driver, which is another process, through a Redis list."""
    global _redis
    if _redis is None:
        _redis = redis.Redis.from_url(REDIS_URL)
    _redis.rpush(name, value)


@app.task(name="duel")
def duel(number, hold_ms=0, added=0.0, mark=""):
    """Takes `hold_ms`; notes its wait when it knows when it was added."""
    now = time.time()
    if added:
        note(f"{QUEUE}:waits", (now - added) * 1000)
    if mark:
        note(mark, now)
    if hold_ms:
        time.sleep(hold_ms / 1000)


@app.task(name="first")
def first():
    """Notes when the backlog began to move."""
    note(f"{QUEUE}:first", time.time())
