use lettre::{
    Message,
    message::{Mailbox, MultiPart, header::HeaderName, header::HeaderValue},
};
use suite_core::{Error, Result};

use super::{Envelope, SendFault};
use crate::mail::letter::one_line;

/// Reads who mails come from.
pub(super) fn sender(text: &str) -> Result<Mailbox> {
    text.parse()
        .map_err(|error| Error::invalid("MAIL_FROM", format!("is not an address: {error}")))
}

/// Writes a mail as a MIME message with text and HTML.
pub(super) fn message(envelope: &Envelope, from: &Mailbox) -> Result<Message, SendFault> {
    let refused = |what: &str| SendFault::Refused(what.to_owned());
    let letter = &envelope.letter;
    let address = envelope
        .recipient
        .parse()
        .map_err(|_| refused("the reader's address is none"))?;
    let mut builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, address))
        .subject(one_line(&letter.subject))
        // Known to us for ever, and so to whoever gets a mail twice.
        .message_id(Some(format!("<{}@employee-suite>", envelope.mail_id)));
    if let Some(stop) = &letter.stop {
        builder = builder
            .raw_header(header("List-Unsubscribe", format!("<{stop}>")))
            .raw_header(header(
                "List-Unsubscribe-Post",
                "List-Unsubscribe=One-Click".to_owned(),
            ));
    }
    let (Ok(text), Ok(html)) = (letter.text(), letter.html()) else {
        return Err(refused("the mail cannot be written"));
    };
    builder
        .multipart(MultiPart::alternative_plain_html(text, html))
        .map_err(|error| refused(&format!("the mail cannot be written: {error}")))
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

#[cfg(test)]
mod tests {
    use suite_core::id::{AccountId, MailId};

    use super::*;
    use crate::mail::Letter;

    fn formatted(recipient: &str, subject: &str) -> Result<String, SendFault> {
        let envelope = Envelope {
            account_id: AccountId::new(),
            mail_id: MailId::new(),
            recipient: recipient.to_owned(),
            kind: "welcome",
            letter: Letter {
                subject: subject.to_owned(),
                paragraphs: vec!["Hello.".to_owned()],
                stop: Some("https://suite.example/unsubscribe/x".to_owned()),
                ..Letter::default()
            },
        };
        let from = sender("Employee Suite <suite@example.com>").unwrap();
        let message = message(&envelope, &from)?;
        Ok(String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn a_message_has_one_reader_both_forms_and_a_way_to_stop() {
        let text = formatted("ada@example.com", "Grüße").unwrap();
        assert_eq!(text.matches("\r\nTo: ").count(), 1);
        for part in [
            "To: ada@example.com\r\n",
            "Subject: =?utf-8?",
            "List-Unsubscribe: <https://suite.example/unsubscribe/x>\r\n",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
            "Content-Type: text/plain",
            "Content-Type: text/html",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn what_was_typed_adds_no_header_and_no_reader() {
        let text = formatted(
            "ada@example.com",
            "Stock\r\nBcc: eve@example.com\r\n\r\n<b>",
        )
        .unwrap();
        let (headers, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!headers.contains("\r\nBcc:"), "{headers}");
        assert!(headers.contains("Subject: Stock Bcc: eve@example.com <b>\r\n"));
        for recipients in [
            "ada@example.com, eve@example.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "Ada <ada@example.com>",
            "",
        ] {
            assert!(matches!(
                formatted(recipients, "x"),
                Err(SendFault::Refused(_))
            ));
        }
    }
}
