//! The files that pages load: compiled in, named after their content, and so kept by browsers for good.

use std::{fmt::Write, sync::LazyLock};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
};
use sha2::{Digest, Sha256};

use crate::problem::{ApiResult, Problem};

struct Asset {
    /// Name with a part of the content's hash.
    name: String,
    content_type: &'static str,
    content: &'static str,
}

/// The addresses of the files.
#[derive(Debug)]
pub(super) struct Addresses {
    pub(super) style: String,
    pub(super) script: String,
    pub(super) icon: String,
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "style",
        "css",
        "text/css; charset=utf-8",
        include_str!("../../static/style.css"),
    )
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "script",
        "js",
        "text/javascript; charset=utf-8",
        include_str!("../../static/script.js"),
    )
});
static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "icon",
        "svg",
        "image/svg+xml",
        include_str!("../../static/icon.svg"),
    )
});

static ADDRESSES: LazyLock<Addresses> = LazyLock::new(|| Addresses {
    style: format!("/static/{}", STYLE.name),
    script: format!("/static/{}", SCRIPT.name),
    icon: format!("/static/{}", ICON.name),
});

impl Asset {
    fn new(stem: &str, extension: &str, content_type: &'static str, content: &'static str) -> Self {
        let mut name = format!("{stem}-");
        for byte in &Sha256::digest(content.as_bytes())[..8] {
            // Writing to a String cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        name.push('.');
        name.push_str(extension);
        Self {
            name,
            content_type,
            content,
        }
    }
}

/// Returns where the files are.
pub(super) fn addresses() -> &'static Addresses {
    &ADDRESSES
}

/// Serves a file. One of another version is not found, so that no page is shown with a style that is not its own.
pub(super) async fn serve(request: HttpRequest) -> ApiResult<HttpResponse> {
    let name = request.match_info().get("name").unwrap_or_default();
    let asset = [&*STYLE, &*SCRIPT, &*ICON]
        .into_iter()
        .find(|asset| asset.name == name)
        .ok_or_else(Problem::no_such_page)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, asset.content_type))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(asset.content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_and_the_style_need_nothing_that_the_policy_forbids() {
        for text in [SCRIPT.content, STYLE.content, ICON.content] {
            for forbidden in [
                "eval(",
                "innerHTML",
                "document.write",
                "http://cdn",
                "https://",
                "@import",
                "data:",
                "style=",
            ] {
                assert!(!text.contains(forbidden), "{forbidden}");
            }
        }
    }
}
