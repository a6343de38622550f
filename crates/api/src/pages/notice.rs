//! Two small pages outside of any account: one that asks before something is done, and one that says that it is done.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use super::{
    assets::{self, Addresses},
    form::Faults,
    render,
};
use crate::problem::{ApiResult, Problem};

/// Says what was done, and where to go on.
#[derive(Template)]
#[template(path = "notice.html")]
pub(super) struct Notice<'a> {
    pub(super) assets: &'static Addresses,
    pub(super) title: &'a str,
    pub(super) text: &'a str,
    pub(super) next: Option<(&'a str, &'a str)>,
}

/// Asks before something is done: links are opened by machines too, and opening one must change nothing.
#[derive(Template)]
#[template(path = "question.html")]
pub(super) struct Question<'a> {
    pub(super) assets: &'static Addresses,
    pub(super) faults: Faults,
    pub(super) title: &'a str,
    pub(super) question: &'a str,
    pub(super) button: &'a str,
    pub(super) action: &'a str,
}

/// Answers with a notice.
pub(super) fn tell(title: &str, text: &str, next: Option<(&str, &str)>) -> ApiResult<HttpResponse> {
    render::page(&Notice {
        assets: assets::addresses(),
        title,
        text,
        next,
    })
}

/// Answers with a question; the button sends a form to `action`.
pub(super) fn ask(
    (status, faults): (StatusCode, Faults),
    (title, question, button): (&str, &str, &str),
    action: &str,
) -> ApiResult<HttpResponse> {
    let page = Question {
        assets: assets::addresses(),
        faults,
        title,
        question,
        button,
        action,
    };
    render::page_with(status, &page)
}

/// Returns the token in the address, if it looks like one of ours.
pub(super) fn token(request: &HttpRequest) -> ApiResult<String> {
    request
        .match_info()
        .get("token")
        .filter(|token| token.len() <= 128 && token.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .map(ToOwned::to_owned)
        .ok_or_else(Problem::no_such_page)
}
