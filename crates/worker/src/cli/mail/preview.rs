use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use suite_core::id::{AccountId, MailId};
use uuid::Uuid;

use crate::{
    cli::{Console, Ending, Session},
    mail::{Envelope, Sender, compose, samples, write_message},
};

/// Writes how a kind of mail reads, with made-up content.
#[derive(Debug, Args)]
pub struct Preview {
    /// The kind, such as `trial_warning`
    kind: String,
    /// Where to: `.html` or `.txt` gets that form, anything else the whole message. Left out: the text is printed
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(
    command: &Preview,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let contents = samples();
    let Some(content) = contents
        .iter()
        .find(|content| content.kind() == command.kind)
    else {
        let kinds: Vec<&str> = contents.iter().map(|content| content.kind()).collect();
        bail!(
            "no kind of mail {:?}: {} exist",
            command.kind,
            kinds.join(", ")
        );
    };
    let letter = compose(content, &Sender::of(&session.settings));
    let Some(path) = &command.out else {
        writeln!(
            console.out,
            "{}\n\n{}",
            letter.subject,
            letter.text()?.trim_end()
        )?;
        return Ok(Ending::Fine);
    };
    let bytes = match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => letter.html()?.into_bytes(),
        Some("txt") => letter.text()?.into_bytes(),
        _ => {
            let envelope = Envelope {
                account_id: AccountId::from(Uuid::nil()),
                mail_id: MailId::from(Uuid::nil()),
                recipient: "somebody@example.com".to_owned(),
                kind: content.kind(),
                letter,
            };
            write_message(&session.settings.mail, &envelope)?
        }
    };
    std::fs::write(path, bytes).with_context(|| path.display().to_string())?;
    writeln!(console.out, "{}", path.display())?;
    Ok(Ending::Fine)
}
