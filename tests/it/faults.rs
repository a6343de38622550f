//! What happens when something that we stand on breaks.

mod import;
mod postgresql;
mod redis;
mod redis_breaks;
mod replica;
mod totals;
