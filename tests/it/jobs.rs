//! The life of jobs, through the real PostgreSQL and Redis.

mod cancel;
mod crash;
mod enqueue;
mod lost;
mod order;
mod retry;
mod stop;
mod unknown_kind;
