//! A page of a list: how many items, after which one, and which items at all.
//!
//! A *cursor* is the sort key of the last item seen, sealed with a MAC over it, the route and the filters: nobody can make one up,
//! or carry it to another list.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::Sha256;
use utoipa::IntoParams;

use super::query;
use crate::{
    App,
    problem::{ApiResult, Problem},
};

const LIMIT_DEFAULT: usize = 50;
const LIMIT_MAX: usize = 100;
const MAC_BYTES: usize = 16;

/// The filters `F` of a list, and the page of it that is wanted.
pub(crate) struct Listing<F> {
    pub(crate) filters: F,
    pub(crate) page: Page,
}

/// For lists that are shown whole.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoFilters {}

/// How the parameters of a page are described to clients.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(
    dead_code,
    reason = "describes the parameters that Listing reads by hand"
)]
pub(crate) struct PageParams {
    /// How many items at most, 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The wanted page.
pub(crate) struct Page {
    /// How many items at most.
    pub(crate) limit: usize,
    after: Option<Vec<u8>>,
    seal: Seal,
    path: String,
    filters: String,
}

impl Page {
    /// Returns the sort key after which the page begins.
    pub(crate) fn after<K: DeserializeOwned>(&self) -> ApiResult<Option<K>> {
        self.after
            .as_deref()
            .map(|key| serde_json::from_slice(key).map_err(|_| forged()))
            .transpose()
    }

    /// How many rows to ask the database for: one more than wanted tells whether there is a next page.
    pub(crate) fn rows(&self) -> i64 {
        i64::try_from(self.limit + 1).unwrap_or(i64::MAX)
    }

    /// Cuts the extra row off and returns the cursor of the next page, if there is one.
    pub(crate) fn cut<T, K: Serialize>(
        &self,
        rows: &mut Vec<T>,
        key: impl Fn(&T) -> K,
    ) -> ApiResult<Option<String>> {
        if rows.len() <= self.limit {
            return Ok(None);
        }
        rows.truncate(self.limit);
        rows.last().map(|last| self.cursor(&key(last))).transpose()
    }

    /// Returns the cursor of the page behind a sort key.
    pub(crate) fn cursor<K: Serialize>(&self, key: &K) -> ApiResult<String> {
        let text = serde_json::to_vec(key).map_err(suite_core::Error::internal)?;
        self.seal.close(&text)
    }

    /// Returns the value of the `Link` header for the page at `cursor`.
    pub(crate) fn link(&self, cursor: &str) -> String {
        format!("<{}>; rel=\"next\"", self.address(cursor))
    }

    /// Returns the address of the page at `cursor`: the same list with the same filters.
    pub(crate) fn address(&self, cursor: &str) -> String {
        let separator = if self.filters.is_empty() { "" } else { "&" };
        format!(
            "{}?{}{separator}limit={}&cursor={cursor}",
            self.path, self.filters, self.limit
        )
    }
}

fn forged() -> Problem {
    Problem::malformed_field("cursor", "is not a cursor of this list")
}

/// What binds cursors to one list.
struct Seal {
    key: SecretString,
    scope: String,
}

impl Seal {
    fn mac(&self, content: &[u8]) -> ApiResult<[u8; MAC_BYTES]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose_secret().as_bytes())
            .map_err(suite_core::Error::internal)?;
        for part in ["cursor", &self.scope] {
            mac.update(part.as_bytes());
            mac.update(&[0]);
        }
        mac.update(content);
        let mut short = [0; MAC_BYTES];
        short.copy_from_slice(&mac.finalize().into_bytes()[..MAC_BYTES]);
        Ok(short)
    }

    fn close(&self, content: &[u8]) -> ApiResult<String> {
        let sealed = [&self.mac(content)?, content].concat();
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    fn open(&self, cursor: &str) -> ApiResult<Vec<u8>> {
        use subtle::ConstantTimeEq;
        let sealed = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| forged())?;
        let (mac, content) = sealed.split_at_checked(MAC_BYTES).ok_or_else(forged)?;
        if self.mac(content)?.ct_eq(mac).into() {
            Ok(content.to_vec())
        } else {
            Err(forged())
        }
    }
}

impl<F: DeserializeOwned> FromRequest for Listing<F> {
    type Error = Problem;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request))
    }
}

fn read<F: DeserializeOwned>(request: &HttpRequest) -> ApiResult<Listing<F>> {
    let app = request
        .app_data::<Data<App>>()
        .ok_or_else(|| suite_core::Error::internal("the server has no state"))?;
    let (mut limit, mut cursor, mut filters) = (None, None, Vec::new());
    for pair in request.query_string().split('&').filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let place = match name {
            "limit" => &mut limit,
            "cursor" => &mut cursor,
            _ => {
                filters.push(pair);
                continue;
            }
        };
        if place.replace(value).is_some() {
            return Err(Problem::malformed_field(name, "is given twice"));
        }
    }
    // The same filters in another order are the same list.
    filters.sort_unstable();
    let filters = filters.join("&");
    let seal = Seal {
        key: app.settings.security.secret_key.clone(),
        scope: format!("{} {filters}", request.path()),
    };
    let after = cursor.map(|cursor| seal.open(cursor)).transpose()?;
    Ok(Listing {
        page: Page {
            limit: read_limit(limit)?,
            after,
            seal,
            path: request.path().to_owned(),
            filters: filters.clone(),
        },
        filters: query::parse(&filters)?,
    })
}

fn read_limit(text: Option<&str>) -> ApiResult<usize> {
    let Some(text) = text else {
        return Ok(LIMIT_DEFAULT);
    };
    match text.parse() {
        Ok(limit @ 1..=LIMIT_MAX) => Ok(limit),
        _ => Err(Problem::malformed_field("limit", "must be from 1 to 100")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(scope: &str) -> Page {
        Page {
            limit: 2,
            after: None,
            seal: Seal {
                key: SecretString::from("0123456789abcdef0123456789abcdef"),
                scope: scope.to_owned(),
            },
            path: "/v1/things".to_owned(),
            filters: "search=x".to_owned(),
        }
    }

    #[test]
    fn a_full_page_with_more_behind_it_has_a_cursor_that_reads_back() {
        let page = page("a");
        let mut rows = vec![1, 2, 3];
        let cursor = page.cut(&mut rows, |row| *row).unwrap().unwrap();
        assert_eq!(rows, [1, 2]);
        assert_eq!(page.seal.open(&cursor).unwrap(), b"2");
        assert_eq!(
            page.link("c"),
            "</v1/things?search=x&limit=2&cursor=c>; rel=\"next\""
        );
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        let mut rows = vec![1, 2];
        assert_eq!(page("a").cut(&mut rows, |row| *row).unwrap(), None);
        assert_eq!(rows, [1, 2]);
    }

    #[test]
    fn a_cursor_of_another_list_or_a_changed_one_is_refused() {
        let cursor = page("a")
            .cut(&mut vec![1, 2, 3], |row| *row)
            .unwrap()
            .unwrap();
        assert!(page("b").seal.open(&cursor).is_err());
        for bad in ["", "x", "%", &cursor[1..], &format!("{cursor}AA")] {
            assert!(page("a").seal.open(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_page_has_one_to_a_hundred_items() {
        assert_eq!(read_limit(None).unwrap(), 50);
        assert_eq!(read_limit(Some("100")).unwrap(), 100);
        for bad in ["0", "101", "-1", "ten", ""] {
            assert!(read_limit(Some(bad)).is_err(), "{bad}");
        }
    }
}
