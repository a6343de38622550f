//! What each address does.

pub(crate) mod health;
