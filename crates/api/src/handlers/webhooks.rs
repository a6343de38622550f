//! What other services tell: the signature is checked over the bytes as they came, the message is kept once, and a job takes it
//! in. Who sends is answered before anything is done, whether Redis and the workers are there or not.

mod body;
mod stripe;

pub(crate) use stripe::{__path_stripe, stripe};
