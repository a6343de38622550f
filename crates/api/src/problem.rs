//! What a client is told when a request fails: RFC 9457 `application/problem+json`, the same everywhere.
//!
//! A [`Problem`] is what handlers, extractors and middleware return. The middleware `middleware::request` logs it, once.

use std::{borrow::Cow, fmt, time::Duration};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{
            ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
        },
    },
};
use serde::Serialize;
use suite_core::{Error, error::FieldFault};
use suite_db::DbError;
use utoipa::ToSchema;

use crate::middleware::request;

/// A shorthand for the results of handlers.
pub(crate) type ApiResult<T> = Result<T, Problem>;

/// The content type of every failure.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// One sentence for every fault of ours: the cause is in the log, under the request's id.
const OUR_FAULT: &str =
    "Something went wrong on our side. Please try again; if it stays, tell us the request id.";

/// A request that failed, as the client is told, with the cause kept apart for the log.
#[derive(Debug)]
pub(crate) struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    faults: Vec<FieldFault>,
    headers: Vec<(HeaderName, HeaderValue)>,
    closes: bool,
    cause: Option<Error>,
}

/// The body of every failed request (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemView<'a> {
    /// Where this kind of problem is explained.
    #[serde(rename = "type")]
    kind: String,
    /// The status in words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What went wrong this time, for a person.
    detail: &'a str,
    /// What went wrong, for a program: never changes.
    code: &'a str,
    /// The id under which our log knows this request.
    request_id: String,
    /// The parts of the request that were refused.
    errors: Vec<FieldFaultView<'a>>,
}

/// What was wrong with one part of a request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldFault)]
pub(crate) struct FieldFaultView<'a> {
    /// The field of the body, or the parameter.
    field: &'a str,
    /// What is wrong with it.
    message: &'a str,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Parts {
            status,
            code,
            detail: detail.into(),
            faults: Vec::new(),
            headers: Vec::new(),
            closes: false,
            cause: None,
        }))
    }

    /// The request cannot be read at all: syntax, unknown fields, wrong types.
    pub(crate) fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", detail)
    }

    /// Like [`Problem::malformed`], pointing at one field.
    pub(crate) fn malformed_field(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut problem = Self::malformed("The request cannot be read; errors says where.");
        problem.0.faults.push(FieldFault {
            field: field.into(),
            message: message.into(),
        });
        problem
    }

    /// Says the same whether the address is unknown or the password is wrong.
    pub(crate) fn wrong_credentials() -> Self {
        let mut problem = Self::from(Error::Unauthenticated);
        problem.0.detail = "The address or the password is wrong.".into();
        problem
    }

    pub(crate) fn no_such_page() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here.")
    }

    pub(crate) fn method_not_allowed(allow: &str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            format!("This address answers to {allow}."),
        )
        .with_header(ALLOW, allow)
    }

    pub(crate) fn not_acceptable(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", detail)
    }

    pub(crate) fn body_too_late() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "request_timeout",
            "The body did not arrive in time.",
        )
        .closing()
    }

    pub(crate) fn precondition_failed() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "precondition_failed",
            "It has changed since you read it: If-Match names another version.",
        )
    }

    pub(crate) fn payload_too_large(limit_bytes: u64) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload_too_large",
            format!("The body may have at most {limit_bytes} bytes."),
        )
        .closing()
    }

    pub(crate) fn unsupported_media_type(wanted: &'static str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            format!("The body must be {wanted}."),
        )
    }

    pub(crate) fn key_reused() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "This Idempotency-Key came before with another request.",
        )
    }

    pub(crate) fn still_running() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "request_in_progress",
            "A request with this Idempotency-Key is still running.",
        )
        .with_header(RETRY_AFTER, "1")
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.push((name, value));
        }
        self
    }

    /// Ends the connection with the answer, because the rest of the body is not worth reading.
    fn closing(mut self) -> Self {
        self.0.closes = true;
        self
    }

    /// Tells the browser to look elsewhere, such as at the page that asks to log in.
    pub(crate) fn see_other(location: &str) -> Self {
        Self::new(StatusCode::SEE_OTHER, "see_other", "Look elsewhere.")
            .with_header(LOCATION, location)
    }

    fn caused(status: StatusCode, cause: Error) -> Self {
        let mut problem = Self::new(status, cause.code(), OUR_FAULT);
        problem.0.cause = Some(cause);
        problem
    }

    /// Returns what went wrong this time, for a person.
    pub(crate) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Returns the parts of the request that were refused.
    pub(crate) fn faults(&self) -> &[FieldFault] {
        &self.0.faults
    }

    /// Returns all that is known about it in one line: for the log, never for the client.
    pub(crate) fn log_text(&self) -> String {
        match &self.0.cause {
            Some(cause) => cause.chain(),
            None => self.0.detail.to_string(),
        }
    }

    fn view(&self) -> ProblemView<'_> {
        ProblemView {
            kind: format!("/docs#problem-{}", self.0.code),
            title: self.0.status.canonical_reason().unwrap_or("Failure"),
            status: self.0.status.as_u16(),
            detail: &self.0.detail,
            code: self.0.code,
            request_id: request::current_id(),
            errors: self
                .0
                .faults
                .iter()
                .map(|fault| FieldFaultView {
                    field: &fault.field,
                    message: &fault.message,
                })
                .collect(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.0.status.as_u16(), self.0.code)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.0.status);
        if self.0.closes {
            response.force_close();
        }
        for (name, value) in &self.0.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        response.insert_header((CONTENT_TYPE, PROBLEM_JSON));
        // Strings and numbers only: this cannot fail to serialise.
        response.body(serde_json::to_vec(&self.view()).unwrap_or_default())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let code = error.code();
        let sentence = |text: String| {
            let mut letters = text.chars();
            let first = letters
                .next()
                .map(|c| c.to_uppercase().to_string())
                .unwrap_or_default();
            format!("{first}{}.", letters.as_str())
        };
        match error {
            Error::NotFound { .. } => {
                Self::new(StatusCode::NOT_FOUND, code, sentence(error.to_string()))
            }
            Error::AlreadyExists { .. } => {
                Self::new(StatusCode::CONFLICT, code, sentence(error.to_string()))
            }
            Error::Conflict { reason } => Self::new(StatusCode::CONFLICT, code, sentence(reason)),
            Error::Invalid { faults } => {
                let mut problem = Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    code,
                    "The content cannot be accepted; errors says why.",
                );
                problem.0.faults = faults;
                problem
            }
            Error::Unauthenticated => Self::new(
                StatusCode::UNAUTHORIZED,
                code,
                "Log in, or send a valid API token.",
            )
            .with_header(WWW_AUTHENTICATE, "Bearer"),
            Error::Forbidden { reason } => {
                Self::new(StatusCode::FORBIDDEN, code, sentence(reason.to_owned()))
            }
            Error::PlanRequired => Self::new(
                StatusCode::PAYMENT_REQUIRED,
                code,
                "The trial is over or a payment is open. Everything can still be read and taken away; \
                 it opens again as soon as it is paid, at /billing.",
            ),
            Error::RateLimited { retry_after } => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                code,
                "Too many requests; try again after the time in Retry-After.",
            )
            .with_header(RETRY_AFTER, &whole_seconds(retry_after).to_string()),
            Error::Upstream { .. } => Self::caused(StatusCode::BAD_GATEWAY, error),
            Error::Unavailable { .. } => {
                Self::caused(StatusCode::SERVICE_UNAVAILABLE, error).with_header(RETRY_AFTER, "1")
            }
            Error::Internal { .. } => Self::caused(StatusCode::INTERNAL_SERVER_ERROR, error),
        }
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        Error::from(error).into()
    }
}

/// Rounds up, and never to zero: a client must not come back before the time.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use serde_json::Value;

    use super::*;

    async fn body(problem: &Problem) -> Value {
        let bytes = to_bytes(problem.error_response().into_body())
            .await
            .unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[actix_web::test]
    async fn a_fault_of_ours_never_shows_its_cause() {
        for error in [
            Error::internal("password of the database is hunter2"),
            Error::unavailable("hunter2"),
            Error::Upstream {
                service: "stripe",
                source: "hunter2".into(),
            },
        ] {
            let problem = Problem::from(error);
            let text = body(&problem).await.to_string();
            assert!(
                !text.contains("hunter2") && !text.contains("stripe"),
                "{text}"
            );
            assert!(text.contains(OUR_FAULT));
            assert!(problem.log_text().contains("hunter2"));
        }
    }

    #[actix_web::test]
    async fn faults_of_content_name_their_fields() {
        let problem = Problem::from(Error::invalid("lines[3].quantity", "is not a number"));
        let body = body(&problem).await;
        assert_eq!(problem.status_code(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(body["errors"][0]["field"], "lines[3].quantity");
        assert_eq!(body["code"], "invalid");
        assert_eq!(body["status"], 422);
    }

    #[test]
    fn waits_are_rounded_up_to_whole_seconds() {
        assert_eq!(whole_seconds(Duration::ZERO), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1_001)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(3)), 3);
    }
}
