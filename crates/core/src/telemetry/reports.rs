//! Error reports: what leaves the house, with whose tags, and without anybody's address.

use std::{future::Future, sync::Arc};

use secrecy::ExposeSecret;
use sentry::{ClientInitGuard, ClientOptions, Hub, SentryFutureExt, protocol::Event};
use serde_json::Value;

use crate::config::SentryConfig;

/// Sets up reporting when there is somebody to report to.
pub(super) fn start(config: &SentryConfig) -> Option<ClientInitGuard> {
    let dsn = config.dsn.expose_secret();
    if dsn.is_empty() {
        return None;
    }
    // A panic is caught where it can be answered for, and reported there: a hook would report it a second time.
    let options = ClientOptions::new()
        .release(concat!("employee-suite@", env!("CARGO_PKG_VERSION")))
        .environment(config.environment.clone())
        .send_default_pii(false)
        .before_send(|event| Some(scrub(without_query(event))));
    Some(sentry::init((dsn, options)))
}

/// Tells whether there is somebody to report to.
#[must_use]
pub fn is_reporting() -> bool {
    Hub::main().client().is_some()
}

/// Runs `future` so that its reports bear these tags, and no other's.
pub async fn tagged<F: Future>(tags: &[(&'static str, &str)], future: F) -> F::Output {
    let hub = Arc::new(Hub::new_from_top(Hub::current()));
    hub.configure_scope(|scope| {
        for (name, value) in tags {
            scope.set_tag(name, value);
        }
    });
    future.bind_hub(hub).await
}

/// Takes the query off the address of the request: outside cron services may have to show their secret in it.
fn without_query(mut event: Event<'static>) -> Event<'static> {
    if let Some(request) = &mut event.request {
        request.query_string = None;
        if let Some(url) = &mut request.url {
            url.set_query(None);
        }
    }
    event
}

/// Takes out of a report what looks like an address, wherever an error may have quoted it.
fn scrub(event: Event<'static>) -> Event<'static> {
    let scrubbed = serde_json::to_value(&event).map(|mut value| {
        scrub_value(&mut value);
        value
    });
    match scrubbed.and_then(serde_json::from_value) {
        Ok(scrubbed) => scrubbed,
        // What cannot be looked into does not leave; that something happened does.
        Err(_) => Event {
            event_id: event.event_id,
            level: event.level,
            message: Some("a report that could not be scrubbed".to_owned()),
            tags: event.tags,
            ..Event::default()
        },
    }
}

fn scrub_value(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('@') => *text = without_addresses(text),
        Value::Array(values) => values.iter_mut().for_each(scrub_value),
        Value::Object(fields) => fields.values_mut().for_each(scrub_value),
        _ => {}
    }
}

fn without_addresses(text: &str) -> String {
    let is_part = |c: char| {
        c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '@' | '~' | '\'')
    };
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        let is_address = is_address(word);
        kept.push_str(if is_address { "[address]" } else { word });
        let separator = behind.chars().next().map_or(0, char::len_utf8);
        kept.push_str(&behind[..separator]);
        rest = &behind[separator..];
    }
    kept
}

/// Somebody at a place whose name ends like that of a place: `employee-suite@0.1.0` is none.
fn is_address(word: &str) -> bool {
    let word = word.trim_matches(['.', '-', '\'']);
    let Some((who, place)) = word.rsplit_once('@') else {
        return false;
    };
    let end = place.rsplit_once('.').map_or("", |(_, end)| end);
    !who.is_empty() && end.chars().count() > 1 && end.chars().all(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use sentry::protocol::Request;

    use super::*;

    #[test]
    fn an_error_report_does_not_hold_the_query_of_its_request() {
        let request = Request {
            url: "https://example.com/cron/expire_rows?secret=hunter2"
                .parse()
                .ok(),
            query_string: Some("secret=hunter2".to_owned()),
            ..Request::default()
        };
        let event = without_query(Event {
            request: Some(request),
            ..Event::default()
        });
        let sent = format!("{:?}", event.request);
        assert!(sent.contains("/cron/expire_rows"), "{sent}");
        assert!(!sent.contains("hunter2"), "{sent}");
    }

    #[test]
    fn addresses_are_taken_out_of_every_part_of_a_report() {
        let mut event = Event {
            message: Some("550 <anna.lee+shop@example.co.uk>: no such mailbox".to_owned()),
            ..Event::default()
        };
        event.extra.insert(
            "cause".to_owned(),
            serde_json::json!({"told": ["to ben@example.com, twice to ben@example.com."]}),
        );
        event
            .tags
            .insert("job.kind".to_owned(), "send_email".to_owned());
        let scrubbed = serde_json::to_string(&scrub(event)).unwrap();
        assert!(!scrubbed.contains("example"), "{scrubbed}");
        assert!(
            scrubbed.contains("550 <[address]>: no such mailbox"),
            "{scrubbed}"
        );
        assert!(scrubbed.contains("to [address], twice"), "{scrubbed}");
        assert!(scrubbed.contains("send_email"), "{scrubbed}");
    }

    #[test]
    fn text_without_an_address_stays_as_it_is() {
        for text in ["3 @ 2.50", "@", "a@", "ü, @b.de", "suite@0.1.0", ""] {
            assert_eq!(without_addresses(text), text);
        }
    }
}
