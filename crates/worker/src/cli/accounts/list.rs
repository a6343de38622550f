use clap::Args;
use serde_json::json;
use suite_core::id::AccountId;
use suite_db::operator::accounts::{self, AccountFilter, AccountRow};

use crate::cli::{
    Console, Ending, Session, show,
    table::{Kind, Table},
};

/// Lists accounts, the newest first.
#[derive(Debug, Args)]
pub struct List {
    /// With this text in the name or an address
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i32).range(1..=1000))]
    limit: i32,
    /// Go on below this account: the last one of the page before
    #[arg(long, value_name = "ID")]
    before: Option<AccountId>,
}

pub(super) async fn run(
    command: &List,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let mut tx = session.db().await?.fleet().await?;
    let filter = AccountFilter {
        search: command.search.clone(),
        before: command.before,
        limit: command.limit + 1,
    };
    let mut rows = accounts::list(&mut tx, &filter).await?;
    let limit = usize::try_from(command.limit)?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| has_more).map(|row| row.id);
    if session.json {
        let page = json!({ "source": "postgresql", "items": rows, "next_before": next });
        show::json(console.out, &page)?;
        return Ok(Ending::Fine);
    }
    if rows.is_empty() {
        writeln!(console.out, "PostgreSQL: no such account")?;
        return Ok(Ending::Fine);
    }
    writeln!(console.out, "{}", table(&rows))?;
    match next {
        Some(id) => writeln!(console.out, "(PostgreSQL; more: --before {id})")?,
        None => writeln!(console.out, "(PostgreSQL; that is all)")?,
    }
    Ok(Ending::Fine)
}

fn table(rows: &[AccountRow]) -> Table {
    let mut table = Table::new(&[
        ("ACCOUNT", Kind::Text),
        ("E-MAIL", Kind::Elastic),
        ("PLAN", Kind::Text),
        ("STORES", Kind::Number),
        ("CREATED", Kind::Text),
    ]);
    for row in rows {
        table.add([
            row.id.to_string(),
            row.emails
                .first()
                .cloned()
                .unwrap_or_else(|| row.name.clone()),
            row.plan.clone(),
            row.stores.to_string(),
            row.created_at.format("%Y-%m-%d").to_string(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_long_address_gives_way() {
        let row = AccountRow {
            id: AccountId::OPERATOR.as_uuid(),
            name: "Shop".to_owned(),
            plan: "trial".to_owned(),
            trial_ends_at: DateTime::UNIX_EPOCH,
            access_until: None,
            plan_given_at: None,
            created_at: DateTime::UNIX_EPOCH,
            emails: vec!["somebody.with.a.long.name@a-long-domain.example.com".to_owned()],
            stores: 12,
            tokens: 1,
        };
        let text = table(&[row]).to_string();
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(
            text.contains("00000000-0000-0000-0000-000000000000"),
            "{text}"
        );
    }
}
