//! Whatever anybody typed is shown as it is, in every kind of mail and in every form that leaves.

use mail_parser::MessageParser;
use serde_json::Value;
use suite_core::{
    config::MailConfig,
    id::{AccountId, MailId},
    mail::MailContent,
};

use super::{Envelope, SendGrid, message};
use crate::mail::{Sender, compose, letter::one_line, samples};

/// Texts that would do something if they were taken for anything else than data.
const HOSTILE: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'> & &amp; &lt;",
    "x\r\nBcc: eve@example.com\r\n\r\n<b>second body</b>",
    "x\n\n--\nTo stop these mails: https://evil.example/",
    "=?utf-8?q?=0D=0ABcc:_eve@example.com?= {{7*7}} {% raw %}",
    "\u{202e}elpmaxe.live\u{2028}\u{85}Gr\u{fc}\u{df}e \0 \t --=_boundary",
];
/// A word that stands in no mail.
const TAME: &str = "Tamarind";
const FROM: &str = "Employee Suite <suite@example.com>";
/// All fields of all kinds that hold text which is not made here alone. A new kind names its own.
const FIELDS: [&str; 11] = [
    "operator_alert/alert",
    "operator_alert/fault",
    "payment_failed/amount",
    "payment_received/amount",
    "report_ready/title",
    "scheduled_report/title",
    "stock_alert/items/0/available",
    "stock_alert/items/0/sku",
    "stock_alert/items/0/title",
    "stock_alert/store_name",
    "store_disconnected/store_name",
];

/// Returns the paths of all texts in a mail's content.
fn texts(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(path.to_owned()),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                texts(item, &format!("{path}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                texts(field, &format!("{path}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// Puts a text into one field; `None` when the field takes no free text, such as an id or a time.
fn filled(content: &MailContent, path: &str, text: &str) -> Option<MailContent> {
    let mut row = serde_json::to_value(content).unwrap();
    *row.pointer_mut(path).unwrap() = text.into();
    serde_json::from_value(row).ok()
}

/// Returns every field of every kind with its content, filled with a text.
fn all_filled(text: &str) -> Vec<(String, MailContent)> {
    let mut all = Vec::new();
    for content in samples() {
        let mut paths = Vec::new();
        texts(&serde_json::to_value(&content).unwrap(), "", &mut paths);
        for path in paths {
            if let Some(filled) = filled(&content, &path, text) {
                all.push((format!("{}{path}", content.kind()), filled));
            }
        }
    }
    all
}

fn envelope(content: &MailContent) -> Envelope {
    Envelope {
        account_id: AccountId::new(),
        mail_id: MailId::new(),
        recipient: "ada@example.com".to_owned(),
        kind: content.kind(),
        letter: compose(content, &Sender::sample("https://suite.example")),
    }
}

/// Splits HTML into its tags, comments and the like, and the text between them.
fn split(html: &str) -> (Vec<&str>, String) {
    let (mut tags, mut text) = (Vec::new(), String::new());
    let mut rest = html;
    while let Some((before, from)) = rest.split_once('<') {
        let (tag, after) = from.split_once('>').unwrap();
        text.push_str(before);
        tags.push(tag);
        rest = after;
    }
    text.push_str(rest);
    (tags, text)
}

fn unescaped(text: &str) -> String {
    let mut text = text.to_owned();
    for (entity, letter) in [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ] {
        text = text.replace(entity, letter);
    }
    text
}

/// Leaves what is not white: a break becomes a space, beside which others may stand.
fn letters(text: &str) -> String {
    text.split_whitespace().collect()
}

fn sendgrid() -> SendGrid {
    // It is this process's, and another test may have chosen it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = MailConfig {
        from: FROM.to_owned(),
        sendgrid_api_key: "SG.secret".into(),
        sendgrid_api_url: "https://sendgrid.example".to_owned(),
        sendgrid_webhook_public_keys: Vec::new(),
        smtp_url: "".into(),
        directory: String::new(),
    };
    SendGrid::new(&config, message::sender(FROM).unwrap()).unwrap()
}

#[test]
fn every_field_that_holds_text_is_known() {
    let all = all_filled(TAME).into_iter();
    let mut fields: Vec<String> = all.map(|(field, _)| field).collect();
    fields.sort();
    assert_eq!(fields, FIELDS);
}

#[test]
fn hostile_text_in_any_field_is_words_of_its_line_in_subject_text_and_html() {
    for hostile in HOSTILE {
        let shown = one_line(hostile);
        for ((field, content), (_, tame)) in all_filled(hostile).into_iter().zip(all_filled(TAME)) {
            let what = format!("{field}: {hostile:?}");
            let (letter, tame) = (envelope(&content).letter, envelope(&tame).letter);
            let with_it = |tame: &str| letters(&tame.replace(TAME, &shown));
            assert_eq!(letters(&letter.subject), with_it(&tame.subject), "{what}");
            assert!(!letter.subject.contains(char::is_control), "{what}");
            let (text, tame_text) = (letter.text().unwrap(), tame.text().unwrap());
            assert!(tame_text.contains(TAME), "{field} is not shown");
            assert_eq!(letters(&text), with_it(&tame_text), "{what}");
            assert_eq!(text.lines().count(), tame_text.lines().count(), "{what}");
            let (html, tame_html) = (letter.html().unwrap(), tame.html().unwrap());
            let ((tags, between), (tame_tags, tame_between)) = (split(&html), split(&tame_html));
            assert_eq!(tags, tame_tags, "{what}: {html}");
            assert_eq!(
                letters(&unescaped(&between)),
                with_it(&unescaped(&tame_between)),
                "{what}"
            );
        }
    }
}

#[test]
fn hostile_text_in_any_field_adds_no_header_no_part_and_no_reader_to_what_leaves() {
    let (from, sendgrid) = (message::sender(FROM).unwrap(), sendgrid());
    let unix = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    for hostile in HOSTILE {
        for ((field, content), (_, tame)) in all_filled(hostile).into_iter().zip(all_filled(TAME)) {
            let what = format!("{field}: {hostile:?}");
            let (mail, tame) = (envelope(&content), envelope(&tame));
            let bytes = message::message(&mail, &from).unwrap().formatted();
            let tame_bytes = message::message(&tame, &from).unwrap().formatted();
            let read = MessageParser::default().parse(&bytes).unwrap();
            let tame_read = MessageParser::default().parse(&tame_bytes).unwrap();
            assert_eq!(header_names(&read), header_names(&tame_read), "{what}");
            let readers: Vec<_> = read.to().unwrap().iter().map(|to| to.address()).collect();
            assert_eq!(readers, [Some("ada@example.com")], "{what}");
            let (text, html) = (mail.letter.text().unwrap(), mail.letter.html().unwrap());
            // Folding may leave fewer spaces.
            let subject = read.subject().unwrap();
            assert_eq!(letters(subject), letters(&mail.letter.subject), "{what}");
            assert!(!subject.contains(char::is_control), "{what}");
            assert_eq!(unix(&read.body_text(0).unwrap()), unix(&text), "{what}");
            assert_eq!(unix(&read.body_html(0).unwrap()), unix(&html), "{what}");
            let body = sendgrid.body(&mail).unwrap();
            assert_eq!(body["subject"], mail.letter.subject, "{what}");
            assert_eq!(body["content"][0]["value"], text, "{what}");
            assert_eq!(body["content"][1]["value"], html, "{what}");
        }
    }
}

/// Returns the headers of a mail and of its parts, in their order.
fn header_names(mail: &mail_parser::Message<'_>) -> Vec<String> {
    let headers = mail.parts.iter().flat_map(|part| &part.headers);
    headers.map(|header| header.name().to_owned()).collect()
}
