//! The state machine of jobs as a model: every interleaving on small cases, and the real statements held against it.
//!
//! The *world* is what PostgreSQL and Redis hold of a few jobs and workers. Every *token* that was ever given out may be
//! presented again at any time: by the job itself, by a finisher whose answer was lost, by a worker that was taken for dead.

mod explore;
mod replay;
mod world;
