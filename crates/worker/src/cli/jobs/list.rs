use std::io::Write;

use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::{Value, json};
use suite_core::id::JobId;
use suite_db::operator::jobs::{self, Found, JobRow};

use super::select::Filter;
use crate::cli::{
    Console, Ending, Session, show,
    table::{Kind, Table},
};

/// Lists jobs, the newest first.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    filter: Filter,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i32).range(1..=1000))]
    limit: i32,
    /// Go on below this job: the last one of the page before
    #[arg(long, value_name = "ID")]
    before: Option<JobId>,
    /// Show how PostgreSQL finds them, in place of the jobs
    #[arg(long)]
    explain: bool,
}

pub(super) async fn run(
    command: List,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let mut tx = session.db().await?.fleet().await?;
    let mut filter = command.filter.resolve(&mut tx, session).await?;
    filter.before = command.before;
    if command.explain {
        for line in jobs::explain(&mut tx, &filter, command.limit + 1).await? {
            writeln!(console.out, "{line}")?;
        }
        return Ok(Ending::Fine);
    }
    // One more than asked for tells whether there is another page.
    let found = jobs::list(&mut tx, &filter, command.limit + 1).await?;
    let page = Page::of(found, usize::try_from(command.limit)?);
    if session.json {
        show::json(console.out, &page.json())?;
        return Ok(Ending::Fine);
    }
    if page.rows.is_empty() {
        writeln!(console.out, "PostgreSQL: no such job")?;
    } else {
        print(console.out, &page.rows, session.clock.now())?;
    }
    page.print_end(console.out)?;
    Ok(Ending::Fine)
}

/// What one call shows, and where the next one goes on.
struct Page {
    rows: Vec<JobRow>,
    next: Option<JobId>,
    searched_to: Option<JobId>,
}

impl Page {
    fn of(found: Found, limit: usize) -> Self {
        let mut rows = found.rows;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| has_more).map(|row| row.id.into());
        Self {
            rows,
            next: last.or(found.searched_to),
            searched_to: found.searched_to,
        }
    }

    fn searched_back_to(&self) -> Option<DateTime<Utc>> {
        self.searched_to.and_then(JobId::made_at)
    }

    fn json(&self) -> Value {
        json!({
            "source": "postgresql",
            "items": self.rows,
            "next_before": self.next,
            "searched_back_to": self.searched_back_to(),
        })
    }

    fn print_end(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        if let Some(at) = self.searched_back_to() {
            writeln!(out, "(PostgreSQL; searched back to {})", show::time(at))?;
        }
        match self.next {
            Some(id) => writeln!(out, "(PostgreSQL; more: --before {id})")?,
            None if self.rows.is_empty() => {}
            None => writeln!(out, "(PostgreSQL; that is all)")?,
        }
        Ok(())
    }
}

fn print(out: &mut dyn Write, rows: &[JobRow], now: DateTime<Utc>) -> anyhow::Result<()> {
    let mut table = Table::new(&[
        ("JOB", Kind::Text),
        ("KIND", Kind::Elastic),
        ("STATE", Kind::Text),
        ("TRY", Kind::Number),
        ("AGE", Kind::Number),
    ]);
    for row in rows {
        table.add([
            row.id.to_string(),
            row.kind.clone(),
            row.state.clone(),
            format!("{}/{}", row.attempt, row.max_attempts),
            show::age((now - row.created_at).num_seconds()),
        ]);
    }
    // A row of the table is one line: what went wrong stands below it.
    let text = table.to_string();
    let errors = std::iter::once(None).chain(rows.iter().map(JobRow::failure));
    for (line, error) in text.lines().zip(errors) {
        writeln!(out, "{line}")?;
        if let Some(error) = error {
            writeln!(out, "  {}", show::cut(&show::plain(error), 78))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use suite_core::id::AccountId;

    use super::*;

    fn job(kind: &str, error: Option<&str>) -> JobRow {
        let at = DateTime::UNIX_EPOCH;
        JobRow {
            account_id: AccountId::OPERATOR.as_uuid(),
            id: "0190d3c8-7c00-7000-8000-000000000001".parse().unwrap(),
            kind: kind.to_owned(),
            queue: "inventory".to_owned(),
            state: if error.is_some() { "dead" } else { "succeeded" }.to_owned(),
            priority: 1,
            args: json!({}),
            attempt: 10,
            max_attempts: 10,
            crashes: 0,
            timeout_ms: 1,
            run_at: at,
            dispatched_at: None,
            worker_id: None,
            unique_key: None,
            cancel_requested_at: None,
            progress: None,
            result: None,
            error: error.map(|_| "it failed".to_owned()),
            error_detail: error.map(str::to_owned),
            revision: 1,
            created_at: at,
            started_at: None,
            finished_at: None,
            traceparent: None,
        }
    }

    #[test]
    fn the_list_fits_eighty_columns_and_shows_errors() {
        let rows = [
            job("run_import", None),
            job(
                "a_kind_with_a_name_that_is_longer_than_most",
                Some(&"no such column; ".repeat(9)),
            ),
        ];
        let mut out = Vec::new();
        print(
            &mut out,
            &rows,
            DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(30),
        )
        .unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        let expected = "\
JOB                                   KIND                 STATE        TRY  AGE
0190d3c8-7c00-7000-8000-000000000001  run_import           succeeded  10/10   1d
0190d3c8-7c00-7000-8000-000000000001  a_kind_with_a_name…  dead       10/10   1d
  no such column; no such column; no such column; no such column; no such colum…
";
        assert_eq!(text, expected);
    }
}
