//! The parameters behind the question mark.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use serde::de::DeserializeOwned;

use crate::problem::{ApiResult, Problem};

/// The query string as `T`, whose type must refuse unknown parameters.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

/// Reads `query` as `T`.
pub(super) fn parse<T: DeserializeOwned>(query: &str) -> ApiResult<T> {
    // PostgreSQL stores no NUL, so nothing can ever match it.
    if query.contains("%00") {
        return Err(Problem::malformed("The query holds a NUL character."));
    }
    web::Query::<T>::from_query(query)
        .map(web::Query::into_inner)
        .map_err(|error| Problem::malformed(format!("The query cannot be read: {error}.")))
}
