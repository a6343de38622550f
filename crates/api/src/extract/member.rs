//! Who asks: the account is taken from the verified token or session, and from nowhere else.

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::{
        Method, Uri,
        header::{AUTHORIZATION, COOKIE, HOST, HeaderName, ORIGIN},
    },
    web::Data,
};
use futures_util::future::LocalBoxFuture;
use suite_core::{
    Error,
    credentials::{ShownToken, TokenKind, read_token},
    id::{AccountId, ApiTokenId, UserId},
};
use suite_db::{api_tokens, sessions};

use crate::{
    App,
    problem::{ApiResult, Problem},
};

/// The name of the session cookie.
pub(crate) const SESSION_COOKIE: &str = "suite_session";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Somebody who may act for an account.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) account_id: AccountId,
    pub(crate) via: Via,
    /// Whether its trial is over or its plan has ended, so that only reading, deleting and paying are left.
    pub(crate) is_locked: bool,
}

/// How somebody showed who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    /// A program, by an API token.
    Token(ApiTokenId),
    /// A person, by a session.
    Session(UserId),
    /// Whoever has a signed link to one thing; only the handler of that link makes such a member.
    Link,
}

impl Member {
    /// Returns how the audit log and the ledger name who acts.
    pub(crate) fn actor(&self) -> String {
        match self.via {
            Via::Token(id) => format!("token:{id}"),
            Via::Session(id) => format!("user:{id}"),
            Via::Link => "link".to_owned(),
        }
    }
}

impl FromRequest for Member {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            // The rate limiter has asked already.
            let known = request.extensions().get::<Self>().cloned();
            match known {
                Some(member) => Ok(member),
                None => identify(&request).await,
            }
        })
    }
}

/// Finds out who asks, at the cost of one look-up; credentials that cannot be real cost none.
pub(crate) async fn identify(request: &HttpRequest) -> ApiResult<Member> {
    let (kind, shown) = bearer_or_cookie(request)?.ok_or(Error::Unauthenticated)?;
    if kind == TokenKind::Session {
        refuse_foreign_origin(request)?;
    }
    let app = request
        .app_data::<Data<App>>()
        .ok_or_else(|| Error::internal("the server has no state"))?;
    let mut tx = app.db.account(shown.account_id).await?;
    let now = app.clock.now();
    let found = match kind {
        TokenKind::Api => api_tokens::find(&mut tx, &shown.hash, now)
            .await?
            .map(|(id, access)| (Via::Token(id), access)),
        TokenKind::Session => sessions::find(&mut tx, &shown.hash, now)
            .await?
            .map(|(id, access)| (Via::Session(id), access)),
    };
    tx.commit().await?;
    let (via, access) = found.ok_or(Error::Unauthenticated)?;
    Ok(Member {
        account_id: shown.account_id,
        via,
        is_locked: access.is_locked(now),
    })
}

/// Reads the credentials that a request shows; none shown is no fault yet.
pub(crate) fn bearer_or_cookie(
    request: &HttpRequest,
) -> ApiResult<Option<(TokenKind, ShownToken)>> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let Some(header) = headers.next() else {
        let token = session_cookie(request).and_then(|text| read_token(TokenKind::Session, &text));
        return Ok(token.map(|token| (TokenKind::Session, token)));
    };
    let token = header
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .and_then(|(_, text)| read_token(TokenKind::Api, text.trim()));
    match (token, headers.next()) {
        (Some(token), None) => Ok(Some((TokenKind::Api, token))),
        _ => Err(Error::Unauthenticated.into()),
    }
}

fn session_cookie(request: &HttpRequest) -> Option<String> {
    request
        .headers()
        .get_all(COOKIE)
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == SESSION_COOKIE)
        .map(|(_, value)| value.to_owned())
}

/// Refuses a write that another site made the browser send: cookies go along by themselves, bearer tokens do not.
pub(crate) fn refuse_foreign_origin(request: &HttpRequest) -> ApiResult<()> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_read || is_same_origin(request) {
        return Ok(());
    }
    Err(Error::Forbidden {
        reason: "the request came from another site",
    }
    .into())
}

/// Browsers set these headers themselves; no page can forge them. A request without either is not from a browser of today.
fn is_same_origin(request: &HttpRequest) -> bool {
    let text = |name: HeaderName| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    if let Some(site) = text(SEC_FETCH_SITE) {
        return site == "same-origin";
    }
    let Some(origin) = text(ORIGIN) else {
        return false;
    };
    let base_url = request
        .app_data::<Data<App>>()
        .map(|app| app.settings.http.base_url.as_str());
    let authority = origin
        .parse::<Uri>()
        .ok()
        .and_then(|uri| uri.authority().map(ToString::to_string));
    base_url == Some(origin) || (authority.is_some() && authority.as_deref() == text(HOST))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use secrecy::ExposeSecret;
    use suite_core::credentials::issue_token;

    use super::*;

    #[test]
    fn one_well_formed_bearer_token_is_read() {
        let token = issue_token(TokenKind::Api, AccountId::new());
        let text = token.text.expose_secret();
        for header in [format!("Bearer {text}"), format!("bearer  {text}")] {
            let request = TestRequest::default()
                .insert_header((AUTHORIZATION, header))
                .to_http_request();
            let (kind, shown) = bearer_or_cookie(&request).unwrap().unwrap();
            assert_eq!((kind, shown.hash), (TokenKind::Api, token.hash));
        }
    }

    #[test]
    fn anything_else_in_authorization_is_refused_even_beside_a_good_cookie() {
        let session = issue_token(TokenKind::Session, AccountId::new());
        let cookie = format!("{SESSION_COOKIE}={}", session.text.expose_secret());
        for header in [
            "",
            "Bearer",
            "Bearer ",
            "Basic YTpi",
            "Bearer es_0",
            &"x".repeat(100_000),
        ] {
            let request = TestRequest::default()
                .insert_header((AUTHORIZATION, header))
                .insert_header((COOKIE, cookie.clone()))
                .to_http_request();
            assert!(bearer_or_cookie(&request).is_err(), "{header:.20}");
        }
        let token = issue_token(TokenKind::Api, AccountId::new());
        let header = format!("Bearer {}", token.text.expose_secret());
        let twice = TestRequest::default()
            .append_header((AUTHORIZATION, header.clone()))
            .append_header((AUTHORIZATION, header))
            .to_http_request();
        assert!(bearer_or_cookie(&twice).is_err());
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let session = issue_token(TokenKind::Session, AccountId::new());
        let cookies = format!(
            "theme=dark; {SESSION_COOKIE}={}; a=b",
            session.text.expose_secret()
        );
        let request = TestRequest::default()
            .insert_header((COOKIE, cookies))
            .to_http_request();
        let (kind, shown) = bearer_or_cookie(&request).unwrap().unwrap();
        assert_eq!((kind, shown.hash), (TokenKind::Session, session.hash));
    }

    fn write_with(headers: &[(HeaderName, &str)]) -> bool {
        let mut request = TestRequest::post().insert_header((HOST, "shop.example:8080"));
        for header in headers {
            request = request.insert_header((header.0.clone(), header.1));
        }
        refuse_foreign_origin(&request.to_http_request()).is_ok()
    }

    #[test]
    fn a_write_by_cookie_must_come_from_our_own_pages() {
        assert!(write_with(&[(SEC_FETCH_SITE, "same-origin")]));
        assert!(write_with(&[(ORIGIN, "http://shop.example:8080")]));
        for foreign in [
            (SEC_FETCH_SITE, "cross-site"),
            (SEC_FETCH_SITE, "same-site"),
            (SEC_FETCH_SITE, "none"),
            (ORIGIN, "http://evil.example"),
            (ORIGIN, "http://shop.example"),
            (ORIGIN, "null"),
        ] {
            assert!(!write_with(std::slice::from_ref(&foreign)), "{foreign:?}");
        }
        assert!(!write_with(&[]));
        assert!(!write_with(&[
            (SEC_FETCH_SITE, "cross-site"),
            (ORIGIN, "http://shop.example:8080")
        ]));
    }
}
