//! The life of jobs, through the real PostgreSQL and Redis.

mod batches;
mod by_hand;
mod cancel;
mod chains;
mod crash;
mod delayed;
mod enqueue;
mod harm;
mod limits;
mod lost;
mod model;
mod order;
mod regressions;
mod retry;
mod services;
mod stop;
mod unknown_kind;
