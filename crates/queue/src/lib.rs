//! What the API and the workers need of Redis and apalis: handing out jobs, waking workers, events, the cache, rate limits.
//!
//! The only place with Redis keys ([`Keys`]). Redis holds ids of waiting jobs and nothing else that matters: wiped, it is
//! rebuilt from the jobs table by the keeper.
#![warn(missing_docs)]

mod backend;
mod breaker;
mod broker;
mod cache;
mod claim_one;
mod dispatcher;
mod due;
mod events;
mod fetcher;
mod finisher;
pub mod gauges;
mod hand_out;
pub mod inspect;
mod keeper;
mod keys;
mod lease;
mod pulse;
mod rate_limit;
mod redis_client;
mod ring;
mod running;
mod services;
mod sight;
mod sink;
mod slots;
mod supervise;
mod worker;

pub use backend::{Claimed, ClaimedBackend};
pub use broker::Broker;
pub use cache::{Cache, CacheKey, CacheKind, CacheTopic};
pub use events::JobEvent;
pub use keys::Keys;
pub use pulse::Pulse;
pub use rate_limit::{Limit, RateLimiter, Verdict};
pub use ring::{AccountWaiting, Ring};
pub use running::{Running, RunningJob, StopReason};
pub use services::Services;
pub use sight::{QueueSight, Sight, SightSource};
pub use worker::{JobWorker, WorkerOptions};
