//! What surrounds every request.

pub(crate) mod etag;
pub(crate) mod lock;
pub(crate) mod measure;
pub(crate) mod panics;
pub(crate) mod patience;
pub(crate) mod rate_limit;
pub(crate) mod request;
pub(crate) mod security_headers;
