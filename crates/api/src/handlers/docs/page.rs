use serde_json::{Map, Value};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// What each `code` of a problem means: the targets of their `type`.
const PROBLEMS: &[(&str, &str)] = &[
    (
        "invalid",
        "400: the request cannot be read. 422: its content cannot be accepted. <code>errors</code> names the fields.",
    ),
    (
        "unauthenticated",
        "Nobody is logged in, the token is unknown, or the password is wrong.",
    ),
    (
        "forbidden",
        "Who is logged in may not do this, or a browser sent it from another site.",
    ),
    ("plan_required", "The account needs a paid plan for this."),
    (
        "not_found",
        "It does not exist, or belongs to somebody else: the two look the same.",
    ),
    (
        "method_not_allowed",
        "The address exists and answers to the methods in <code>Allow</code>.",
    ),
    (
        "not_acceptable",
        "It exists, but not in the format that was asked for.",
    ),
    ("request_timeout", "The body did not arrive in time."),
    (
        "already_exists",
        "A name or address that must be unique is taken.",
    ),
    ("conflict", "The present state does not allow it."),
    (
        "request_in_progress",
        "A request with the same Idempotency-Key is still running.",
    ),
    (
        "idempotency_key_reused",
        "The Idempotency-Key came before with another request.",
    ),
    (
        "precondition_failed",
        "It has changed since it was read: <code>If-Match</code> names another version.",
    ),
    ("payload_too_large", "The body is larger than allowed."),
    (
        "unsupported_media_type",
        "The body is of a kind that is not taken here.",
    ),
    (
        "rate_limited",
        "Too many requests; <code>Retry-After</code> says when to come again.",
    ),
    ("upstream_failed", "A service that we need failed."),
    (
        "unavailable",
        "A part of ours is away for the moment; <code>Retry-After</code> says when to come again.",
    ),
    (
        "internal",
        "A fault of ours; <code>request_id</code> finds it in our log.",
    ),
];

/// Writes the page from the document.
pub(super) fn render(document: &str) -> String {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let mut page = Page {
        html: String::with_capacity(64 * 1024),
        document: &document,
    };
    page.head();
    page.operations();
    page.problems();
    page.schemas();
    page.html.push_str("</main></body></html>\n");
    page.html
}

struct Page<'a> {
    html: String,
    document: &'a Value,
}

impl Page<'_> {
    fn head(&mut self) {
        let title = text(&self.document["info"]["title"]);
        let version = text(&self.document["info"]["version"]);
        self.html.push_str(&format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>{title} API</title><link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body><main>\
             <h1>{title} API <small>{version}</small></h1>\
             <p>For programs: <a href=\"/openapi.json\">openapi.json</a>.</p>"
        ));
        let description = self.document["info"]["description"].as_str();
        for line in description.unwrap_or_default().lines() {
            if let Some(item) = line.strip_prefix("- ") {
                self.html
                    .push_str(&format!("<p class=\"rule\">{}</p>", markup(item)));
            } else if !line.is_empty() {
                self.html.push_str(&format!("<p>{}</p>", markup(line)));
            }
        }
    }

    fn operations(&mut self) {
        let none = Map::new();
        let paths = self.document["paths"].as_object().unwrap_or(&none);
        let mut tags: Vec<&str> = Vec::new();
        for (_, item) in paths {
            for operation in METHODS.iter().filter_map(|method| item.get(method)) {
                let tag = operation["tags"][0].as_str().unwrap_or_default();
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
        }
        tags.sort_unstable();
        for tag in tags {
            self.html.push_str(&format!("<h2>{}</h2>", escape(tag)));
            for (path, item) in paths {
                for method in METHODS {
                    let operation = &item[method];
                    if operation["tags"][0] == tag {
                        self.operation(method, path, operation);
                    }
                }
            }
        }
    }

    fn operation(&mut self, method: &str, path: &str, operation: &Value) {
        self.html.push_str(&format!(
            "<details><summary><b class=\"{method}\">{}</b> <code>{}</code> {}</summary>",
            method.to_uppercase(),
            escape(path),
            markup(operation["summary"].as_str().unwrap_or_default()),
        ));
        if let Some(description) = operation["description"].as_str() {
            self.html
                .push_str(&format!("<p>{}</p>", markup(description)));
        }
        let parameters = operation["parameters"].as_array();
        if let Some(parameters) = parameters.filter(|parameters| !parameters.is_empty()) {
            self.html
                .push_str("<table><tr><th>Parameter</th><th>In</th><th>Type</th><th></th></tr>");
            for parameter in parameters {
                self.html.push_str(&format!(
                    "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>",
                    text(&parameter["name"]),
                    text(&parameter["in"]),
                    kind(&parameter["schema"]),
                    markup(parameter["description"].as_str().unwrap_or_default()),
                ));
            }
            self.html.push_str("</table>");
        }
        let body = operation["requestBody"]["content"].as_object();
        for (content_type, media) in body.into_iter().flatten() {
            self.html.push_str(&format!(
                "<p>Body: {} as <code>{}</code></p>",
                kind(&media["schema"]),
                escape(content_type)
            ));
        }
        self.responses(&operation["responses"]);
        self.html.push_str("</details>");
    }

    fn responses(&mut self, responses: &Value) {
        self.html
            .push_str("<table><tr><th>Answer</th><th>Body</th><th></th></tr>");
        for (status, response) in responses.as_object().into_iter().flatten() {
            let content = response["content"].as_object();
            let bodies: Vec<String> = content
                .into_iter()
                .flatten()
                .map(|(content_type, media)| {
                    format!(
                        "{} <code>{}</code>",
                        kind(&media["schema"]),
                        escape(content_type)
                    )
                })
                .collect();
            self.html.push_str(&format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
                escape(status),
                bodies.join("<br>"),
                text(&response["description"]),
            ));
        }
        self.html.push_str("</table>");
    }

    fn problems(&mut self) {
        self.html
            .push_str("<h2>Problems</h2><table><tr><th>code</th><th></th></tr>");
        for (code, meaning) in PROBLEMS {
            self.html.push_str(&format!(
                "<tr id=\"problem-{code}\"><td><code>{code}</code></td><td>{meaning}</td></tr>"
            ));
        }
        self.html.push_str("</table>");
    }

    fn schemas(&mut self) {
        self.html.push_str("<h2>Bodies</h2>");
        let schemas = self.document["components"]["schemas"].as_object();
        for (name, schema) in schemas.into_iter().flatten() {
            let name = escape(name);
            self.html.push_str(&format!(
                "<section id=\"schema-{name}\"><h3>{name}</h3><p>{}</p>",
                markup(schema["description"].as_str().unwrap_or_default())
            ));
            let required = schema["required"].as_array();
            self.html.push_str("<table>");
            for (field, property) in schema["properties"].as_object().into_iter().flatten() {
                let needed = required.is_some_and(|names| names.iter().any(|name| name == field));
                self.html.push_str(&format!(
                    "<tr><td><code>{}</code>{}</td><td>{}</td><td>{}</td></tr>",
                    escape(field),
                    if needed { "" } else { " <i>optional</i>" },
                    kind(property),
                    markup(property["description"].as_str().unwrap_or_default()),
                ));
            }
            self.html.push_str("</table></section>");
        }
    }
}

/// Names the type of a schema, with a link where it has a name of its own.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|path| path.rsplit('/').next())
    {
        let name = escape(name);
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    if let Some(choices) = schema["oneOf"].as_array().or(schema["allOf"].as_array()) {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    let plain = match &schema["type"] {
        Value::Array(types) => types.iter().map(text).collect::<Vec<_>>().join(" or "),
        other => text(other),
    };
    match (plain.as_str(), schema["format"].as_str()) {
        (kind, _) if kind.starts_with("array") => {
            format!("list of {}", self::kind(&schema["items"]))
        }
        ("", _) => "any JSON".to_owned(),
        (_, Some(format)) => format!("{plain} ({})", escape(format)),
        (_, None) => plain,
    }
}

fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

/// Escapes, then turns `code` and **strong** into markup.
fn markup(source: &str) -> String {
    let escaped = escape(source);
    let coded = alternate(&escaped, "`", "<code>", "</code>");
    alternate(&coded, "**", "<strong>", "</strong>")
}

fn alternate(source: &str, mark: &str, open: &str, close: &str) -> String {
    let mut parts = source.split(mark);
    let mut html = parts.next().unwrap_or_default().to_owned();
    for (at, part) in parts.enumerate() {
        html.push_str(if at % 2 == 0 { open } else { close });
        html.push_str(part);
    }
    html
}

fn escape(source: &str) -> String {
    source
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{openapi::document, routes::TABLE};

    #[test]
    fn every_address_stands_on_the_page_and_no_other_host_does() {
        let page = render(&document().to_json().unwrap());
        for (path, _) in TABLE {
            assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
        }
        assert!(!page.contains("http://") && !page.contains("https://"));
        assert!(!page.contains("<script"));
    }

    #[test]
    fn nothing_of_the_document_becomes_markup_by_itself() {
        let source = r#"{"info":{"title":"<b>","version":"1"},"paths":{}}"#;
        let page = render(source);
        assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"));
        assert_eq!(
            markup("a `b<c>` **d**"),
            "a <code>b&lt;c&gt;</code> <strong>d</strong>"
        );
    }
}
