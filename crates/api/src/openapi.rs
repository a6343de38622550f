//! The OpenAPI document, made from the handlers themselves.

use actix_web::http::StatusCode;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self, Components, Contact, Content, Info, Ref, RefOr, Response,
        path::Operation,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    extract::SESSION_COOKIE,
    problem::{PROBLEM_JSON, ProblemView},
    routes::Document,
};

const PROBLEM_SCHEMA: &str = "#/components/schemas/Problem";

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
        for (path, item) in &mut document.paths.paths {
            let operations = [
                ("get", &mut item.get),
                ("post", &mut item.post),
                ("patch", &mut item.patch),
                ("put", &mut item.put),
                ("delete", &mut item.delete),
            ];
            for (method, operation) in operations {
                if let Some(operation) = operation {
                    operation.operation_id = Some(operation_id(method, path));
                    describe_failures(operation);
                }
            }
        }
    }
}

/// Names an operation by its method and address: unique, and stable as long as they are.
fn operation_id(method: &str, path: &str) -> String {
    let words = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "v1");
    std::iter::once(method)
        .chain(words)
        .collect::<Vec<_>>()
        .join("_")
}

/// Every failure has the same body and content type, also those that an address does not list.
fn describe_failures(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    let any_other = Response::new("Any other failure.");
    responses.insert("default".to_owned(), RefOr::T(any_other));
    for (status, response) in responses {
        let RefOr::T(response) = response else {
            continue;
        };
        let is_failure = status == "default"
            || response.content.values().any(|content| match content {
                RefOr::T(content) => {
                    matches!(&content.schema, Some(RefOr::Ref(to)) if to.ref_location == PROBLEM_SCHEMA)
                }
                RefOr::Ref(_) => false,
            });
        if is_failure {
            let content = Content::new(Some(Ref::new(PROBLEM_SCHEMA)));
            response.content.clear();
            response
                .content
                .insert(PROBLEM_JSON.to_owned(), RefOr::T(content));
        }
        if response.description.is_empty() {
            response.description = described(status);
        }
    }
}

/// A response must have a description (OpenAPI 3.1, 4.8.17); its status says enough.
fn described(status: &str) -> String {
    let code = status
        .parse()
        .ok()
        .and_then(|code| StatusCode::from_u16(code).ok());
    let reason = code.and_then(|code| code.canonical_reason());
    format!("{}.", reason.unwrap_or("Failure"))
}

fn add_schema<T: utoipa::ToSchema>(components: &mut Components) {
    let mut schemas = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut schemas);
    components.schemas.extend(schemas);
}

const DESCRIPTION: &str = include_str!("openapi/description.md");

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;

    fn operations() -> Vec<Value> {
        let document = serde_json::to_value(document()).unwrap();
        let paths = document["paths"].as_object().unwrap().clone();
        let items = paths.into_values();
        items
            .flat_map(|item| item.as_object().unwrap().clone().into_values())
            .collect()
    }

    #[test]
    fn every_operation_has_an_id_of_its_own() {
        let operations = operations();
        let ids: HashSet<&str> = operations
            .iter()
            .map(|operation| operation["operationId"].as_str().unwrap())
            .collect();
        assert_eq!(ids.len(), operations.len());
        assert!(ids.contains("post_stores_id_imports"), "{ids:?}");
    }

    #[test]
    fn every_failure_is_a_problem() {
        for operation in operations() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                let is_failure = status == "default" || status.starts_with(['4', '5']);
                // /ready tells with 503 what is missing, in the form of its 200.
                if is_failure && operation["operationId"] != "get_ready" {
                    assert!(response["content"][PROBLEM_JSON].is_object(), "{operation}");
                }
                assert_ne!(response["description"], "", "{operation}");
            }
        }
    }

    #[test]
    fn every_body_that_is_taken_refuses_unknown_fields() {
        let document = serde_json::to_value(document()).unwrap();
        for operation in operations() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            if let Some(name) = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()) {
                let schema = &document["components"]["schemas"][name];
                assert_eq!(schema["additionalProperties"], false, "{name}");
            }
        }
    }
}
