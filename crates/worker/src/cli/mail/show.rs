use anyhow::bail;
use clap::Args;
use serde_json::json;
use suite_core::{id::MailId, mail::MailContent};
use suite_db::mails::{self, MailFilter, MailRow};

use crate::{
    cli::{Console, Ending, Session, show},
    mail::{Letter, Sender, compose},
};

/// Shows one mail.
#[derive(Debug, Args)]
pub struct Show {
    /// Its id
    #[arg(value_name = "ID")]
    id: MailId,
}

pub(super) async fn run(
    command: &Show,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let filter = MailFilter {
        id: Some(command.id),
        ..MailFilter::default()
    };
    let mut tx = session.db().await?.fleet().await?;
    let Some(row) = mails::list(&mut tx, &filter, 1).await?.pop() else {
        bail!("PostgreSQL has no mail {}", command.id);
    };
    let content: MailContent = serde_json::from_value(row.content.clone())?;
    let letter = compose(&content, &Sender::of(&session.settings));
    if session.json {
        let answer = json!({
            "source": "postgresql", "mail": row, "subject": letter.subject, "text": letter.text()?,
        });
        show::json(console.out, &answer)?;
    } else {
        print(console, &row, &letter)?;
    }
    Ok(Ending::Fine)
}

fn print(console: &mut Console<'_>, row: &MailRow, letter: &Letter) -> anyhow::Result<()> {
    show::pairs(
        console.out,
        &[
            ("mail", row.id.to_string()),
            ("account", row.account_id.to_string()),
            ("kind", row.kind.clone()),
            ("to", row.recipient.clone()),
            ("state", row.state.clone()),
            ("reason", row.reason.clone().unwrap_or_default()),
            ("handed over", format!("{} times", row.sends)),
            ("provider's id", row.provider_id.clone().unwrap_or_default()),
            ("job", row.job_id.to_string()),
            ("written", show::time(row.created_at)),
            ("changed", show::time(row.changed_at)),
            ("subject", letter.subject.clone()),
        ],
    )?;
    writeln!(console.out, "\n{}", letter.text()?.trim_end())?;
    writeln!(console.out, "(PostgreSQL; times are UTC)")?;
    Ok(())
}
