//! What outside services tell us: verified on the raw bytes, stored once, answered at once.

mod sendgrid;

pub(crate) use sendgrid::{__path_sendgrid, sendgrid};
