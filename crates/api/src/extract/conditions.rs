//! `If-Match` and `If-None-Match`: a version is a number that each update raises.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH},
};

use crate::problem::{ApiResult, Problem};

/// Writes the `ETag` of a version.
pub(crate) fn etag(revision: i32) -> String {
    format!("\"{revision}\"")
}

/// Which version the client means to change; none given means whichever there is.
pub(crate) struct IfMatch(Option<Vec<String>>);

/// Which version the client has already.
pub(crate) struct IfNoneMatch(Option<Vec<String>>);

impl IfMatch {
    /// Lets the change happen, or refuses it because somebody else was faster.
    pub(crate) fn check(&self, revision: i32) -> ApiResult<()> {
        match &self.0 {
            Some(tags) if !names(tags, revision) => Err(Problem::precondition_failed()),
            _ => Ok(()),
        }
    }
}

impl IfNoneMatch {
    /// Tells whether an answer with this version would bring the client nothing new.
    pub(crate) fn has(&self, revision: i32) -> bool {
        self.0.as_ref().is_some_and(|tags| {
            let weak = tags
                .iter()
                .map(|tag| tag.strip_prefix("W/").unwrap_or(tag).to_owned());
            names(&weak.collect::<Vec<_>>(), revision)
        })
    }
}

fn names(tags: &[String], revision: i32) -> bool {
    let tag = etag(revision);
    tags.iter().any(|given| given == "*" || *given == tag)
}

fn tags(request: &HttpRequest, name: HeaderName) -> Option<Vec<String>> {
    let values: Vec<String> = request
        .headers()
        .get_all(name)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().to_owned())
        .collect();
    (!values.is_empty()).then_some(values)
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(tags(request, IF_MATCH))))
    }
}

impl FromRequest for IfNoneMatch {
    type Error = Problem;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(tags(request, IF_NONE_MATCH))))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn if_match(value: &str) -> IfMatch {
        let request = TestRequest::default()
            .insert_header((IF_MATCH, value))
            .to_http_request();
        IfMatch(tags(&request, IF_MATCH))
    }

    #[test]
    fn a_change_goes_through_for_the_version_it_names_only() {
        assert!(IfMatch(None).check(3).is_ok());
        for good in ["*", "\"3\"", "\"2\", \"3\""] {
            assert!(if_match(good).check(3).is_ok(), "{good}");
        }
        // A weak tag never matches strongly (RFC 9110, 13.1.1).
        for bad in ["\"2\"", "3", "W/\"3\"", ""] {
            assert!(if_match(bad).check(3).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_weak_tag_is_enough_to_know_a_version() {
        let request = TestRequest::default()
            .insert_header((IF_NONE_MATCH, "W/\"3\""))
            .to_http_request();
        let known = IfNoneMatch(tags(&request, IF_NONE_MATCH));
        assert!(known.has(3) && !known.has(4));
    }
}
