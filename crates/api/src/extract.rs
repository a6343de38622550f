//! What handlers take from a request: read once, checked, and refused with a problem when it is wrong.

mod conditions;
mod ids;
mod json;
mod listing;
mod member;
mod operator;
mod query;
mod raw;

pub(crate) use conditions::{IfMatch, IfNoneMatch, etag};
pub(crate) use ids::Id;
pub(crate) use json::{BodyDigest, Json, broken_body};
pub(crate) use listing::{Listing, NoFilters, Page, PageParams};
pub(crate) use member::{
    Member, SESSION_COOKIE, Via, bearer_or_cookie, identify, refuse_foreign_origin,
};
pub(crate) use operator::Operator;
pub(crate) use query::Query;
pub(crate) use raw::RawBody;
