//! What handlers answer with, beside plain JSON.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{
        StatusCode,
        header::{ETAG, LINK, LOCATION, RETRY_AFTER},
    },
};
use serde::Serialize;
use suite_core::{Error, id::JobId, job::JobRef};
use utoipa::ToSchema;

use crate::{
    extract::Page,
    problem::{ApiResult, Problem},
};

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PageOf<T> {
    /// The items, in the order of the list.
    items: Vec<T>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
    #[serde(skip)]
    link: Option<String>,
}

impl<T> PageOf<T> {
    /// Makes the page from the rows read, one more than wanted among them, and the sort key of each.
    pub(crate) fn new<R, K: Serialize>(
        page: &Page,
        mut rows: Vec<R>,
        key: impl Fn(&R) -> K,
        view: impl FnMut(R) -> T,
    ) -> ApiResult<Self> {
        let next_cursor = page.cut(&mut rows, key)?;
        Ok(Self {
            link: next_cursor.as_deref().map(|cursor| page.link(cursor)),
            next_cursor,
            items: rows.into_iter().map(view).collect(),
        })
    }
}

impl<T> PageOf<T> {
    /// Makes the page of a search that may stop before it has looked at everything: the next one goes on at `searched_to`.
    pub(crate) fn searched<R, K: Serialize>(
        page: &Page,
        rows: Vec<R>,
        key: impl Fn(&R) -> K,
        view: impl FnMut(R) -> T,
        searched_to: Option<K>,
    ) -> ApiResult<Self> {
        let mut made = Self::new(page, rows, key, view)?;
        if let (None, Some(key)) = (&made.next_cursor, searched_to) {
            let cursor = page.cursor(&key)?;
            made.link = Some(page.link(&cursor));
            made.next_cursor = Some(cursor);
        }
        Ok(made)
    }
}

impl<T: Serialize> Responder for PageOf<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if let Some(link) = &self.link {
            response.insert_header((LINK, link.as_str()));
        }
        response.json(self)
    }
}

/// An answer that an idempotency key can keep and play back, byte for byte.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Names in lower case, such as `location`.
    pub(crate) headers: Vec<(String, String)>,
    /// JSON text.
    pub(crate) body: Option<String>,
    /// What is kept in place of the body when it holds a secret that is shown once.
    pub(crate) kept_body: Option<String>,
    /// Jobs to hand out once the transaction has committed.
    pub(crate) jobs: Vec<JobRef>,
}

impl Answer {
    fn new(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: None,
            kept_body: None,
            jobs: Vec::new(),
        }
    }

    /// 201: it exists now, at `location`.
    pub(crate) fn created(location: String, view: &impl Serialize) -> ApiResult<Self> {
        Ok(Self::new(StatusCode::CREATED)
            .header(LOCATION.as_str(), location)
            .body(json(view)?))
    }

    /// 202: a job does it, and `view` says how to follow it.
    pub(crate) fn accepted(job: JobId, view: &impl Serialize) -> ApiResult<Self> {
        Ok(Self::new(StatusCode::ACCEPTED)
            .header(LOCATION.as_str(), format!("/v1/jobs/{job}"))
            .header(RETRY_AFTER.as_str(), "1".to_owned())
            .body(json(view)?))
    }

    /// 200 with `view`.
    pub(crate) fn ok(view: &impl Serialize) -> ApiResult<Self> {
        Ok(Self::new(StatusCode::OK).body(json(view)?))
    }

    /// 204: done, and nothing to say.
    pub(crate) fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT)
    }

    pub(crate) fn etag(self, tag: String) -> Self {
        self.header(ETAG.as_str(), tag)
    }

    /// Keeps `view` instead of the body for a repeated request.
    pub(crate) fn keeping(mut self, view: &impl Serialize) -> ApiResult<Self> {
        self.kept_body = Some(json(view)?);
        Ok(self)
    }

    /// Points at something beside the answer.
    pub(crate) fn link(self, target: &str, relation: &str) -> Self {
        self.header(LINK.as_str(), format!("<{target}>; rel=\"{relation}\""))
    }

    /// Hands a job out once the transaction has committed.
    pub(crate) fn starting(mut self, job: JobRef) -> Self {
        self.jobs.push(job);
        self
    }

    fn header(mut self, name: &str, value: String) -> Self {
        self.headers.push((name.to_owned(), value));
        self
    }

    fn body(mut self, body: String) -> Self {
        self.body = Some(body);
        self
    }
}

fn json(view: &impl Serialize) -> ApiResult<String> {
    serde_json::to_string(view).map_err(|error| Problem::from(Error::internal(error)))
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for (name, value) in self.headers {
            response.insert_header((name, value));
        }
        match self.body {
            Some(body) => response.content_type("application/json").body(body),
            None => response.finish(),
        }
    }
}
