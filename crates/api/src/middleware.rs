//! What surrounds every request.

pub(crate) mod measure;
pub(crate) mod panics;
pub(crate) mod request;
pub(crate) mod security_headers;
