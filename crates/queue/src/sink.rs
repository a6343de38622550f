use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use apalis_core::{
    backend::{Backend, BackendConfig, finalize::Ephemeral},
    task::Task,
    worker::context::WorkerContext,
};
use futures_sink::Sink;
use redis::RedisError;
use suite_core::job::JobRef;

use crate::{
    redis_client::RedisClient,
    ring::{End, Ring},
};

type Push = Pin<Box<dyn Future<Output = Result<(), RedisError>> + Send>>;

/// The apalis sink through which jobs are handed to Redis: with it comes apalis's `TaskSink`.
///
/// It only pushes; as a backend it never yields a task.
pub(crate) struct JobSink {
    ring: Ring,
    redis: RedisClient,
    buffer: Vec<JobRef>,
    pushing: Option<Push>,
}

impl JobSink {
    pub(crate) fn new(ring: Ring, redis: RedisClient) -> Self {
        Self {
            ring,
            redis,
            buffer: Vec::new(),
            pushing: None,
        }
    }
}

impl Sink<Task<JobRef>> for JobSink {
    type Error = RedisError;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), RedisError>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(mut self: Pin<&mut Self>, task: Task<JobRef>) -> Result<(), RedisError> {
        self.buffer.push(task.args);
        Ok(())
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), RedisError>> {
        let this = &mut *self;
        loop {
            if let Some(pushing) = &mut this.pushing {
                let pushed = std::task::ready!(pushing.as_mut().poll(context));
                this.pushing = None;
                if pushed.is_err() {
                    // The caller gives the whole batch back to the database.
                    this.buffer.clear();
                    return Poll::Ready(pushed);
                }
            }
            if this.buffer.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let jobs = std::mem::take(&mut this.buffer);
            let (ring, mut connection) = (this.ring.clone(), this.redis.shared());
            this.pushing = Some(Box::pin(async move {
                ring.push(&mut connection, &jobs, End::Back).await
            }));
        }
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), RedisError>> {
        self.poll_flush(context)
    }
}

impl Backend for JobSink {
    type Task = Task<JobRef>;
    type Error = RedisError;

    fn poll_ready(
        &mut self,
        _: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Result<(), RedisError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_next(
        &mut self,
        _: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Option<Result<Self::Task, RedisError>>> {
        Poll::Ready(None)
    }

    fn poll_close(
        &mut self,
        _: &mut Context<'_>,
        _: &WorkerContext,
    ) -> Poll<Result<(), RedisError>> {
        Poll::Ready(Ok(()))
    }
}

impl BackendConfig for JobSink {
    type Args = JobRef;
    type Id = ();
    type Kind = Ephemeral;
    type Config = ();
    type Layer = tower::layer::util::Identity;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Self::Layer {
        tower::layer::util::Identity::new()
    }
}
