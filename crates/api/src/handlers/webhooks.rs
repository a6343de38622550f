//! What outside services tell us: verified on the raw bytes, stored once, answered at once, whether Redis and the workers are
//! there or not.

mod sendgrid;
mod stripe;

pub(crate) use sendgrid::{__path_sendgrid, sendgrid};
pub(crate) use stripe::{__path_stripe, stripe};
