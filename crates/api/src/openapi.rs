//! The OpenAPI document, made from the handlers themselves.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        self, Components, Contact, Info,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{extract::SESSION_COOKIE, problem::ProblemView, routes::Document};

/// Returns the document that `/openapi.json` serves.
#[must_use]
pub fn document() -> openapi::OpenApi {
    Document::openapi()
}

/// What all routes have in common, said once.
pub(crate) struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let mut info = Info::new("Employee Suite", env!("CARGO_PKG_VERSION"));
        info.description = Some(DESCRIPTION.to_owned());
        info.contact = None::<Contact>;
        document.info = info;
        let components = document.components.get_or_insert_with(Components::new);
        components.add_security_scheme(
            "token",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("An API token, `es_…`, for programs."))
                    .build(),
            ),
        );
        components.add_security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                SESSION_COOKIE,
                "The session of a browser. Writes must come from our own pages.",
            ))),
        );
        add_schema::<ProblemView<'_>>(components);
    }
}

fn add_schema<T: utoipa::ToSchema>(components: &mut Components) {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    components.schemas.extend(schemas);
}

const DESCRIPTION: &str = include_str!("openapi/description.md");
