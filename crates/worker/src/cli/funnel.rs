use std::io::Write;

use clap::Args;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::{Map, Value, json};
use suite_core::{
    billing::{ChangeKind, RevenueMonth},
    money::Currency,
};
use suite_db::billing::{self, Funnel as Figures};

use super::{
    Console, Ending, Session, show,
    table::{Kind, Table},
};

/// Shows how sign-ups become money, month by month.
#[derive(Debug, Args)]
pub struct Funnel {
    /// The present month and those before it
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=60))]
    months: u32,
}

pub(super) async fn run(
    command: &Funnel,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let mut tx = session.db().await?.fleet().await?;
    let figures = billing::funnel(&mut tx, session.clock.now(), command.months).await?;
    if session.json {
        show::json(console.out, &as_json(&figures))?;
    } else {
        print(console.out, &figures)?;
    }
    Ok(Ending::Fine)
}

/// The same as `GET /v1/ops/funnel` answers.
fn as_json(figures: &Figures) -> Value {
    let months = figures.months.iter().map(|row| {
        json!({"month": row.month.format("%Y-%m").to_string(), "sign_ups": row.sign_ups, "warned": row.warned,
               "converted": row.converted, "churned": row.churned})
    });
    let revenue = figures.revenue.iter().map(|(currency, months)| {
        let per_month = months.last().map(|month| currency.format(month.closing));
        let rows = months.iter().map(|month| revenue_json(*currency, month));
        json!({"currency": currency.code(), "per_month": per_month, "months": rows.collect::<Vec<_>>()})
    });
    json!({
        "source": "postgresql", "as_of": figures.as_of,
        "active_trials": figures.counts.active_trials, "expired_trials": figures.counts.expired_trials,
        "open_plans": figures.counts.open_plans, "locked_plans": figures.counts.locked_plans,
        "months": months.collect::<Vec<_>>(), "revenue": revenue.collect::<Vec<_>>(),
    })
}

fn revenue_json(currency: Currency, month: &RevenueMonth) -> Value {
    let mut row = Map::new();
    let mut put = |name: &str, amount| row.insert(name.to_owned(), currency.format(amount).into());
    put("opening", month.opening);
    for kind in ChangeKind::ALL {
        put(kind.name(), month.moved_by(kind));
    }
    put("closing", month.closing);
    row.insert(
        "month".to_owned(),
        month.month.format("%Y-%m").to_string().into(),
    );
    Value::Object(row)
}

fn print(out: &mut dyn Write, figures: &Figures) -> anyhow::Result<()> {
    let counts = &figures.counts;
    show::pairs(
        out,
        &[
            ("in trial", show::thousands(counts.active_trials)),
            ("trial over, unpaid", show::thousands(counts.expired_trials)),
            ("plan open", show::thousands(counts.open_plans)),
            ("plan over", show::thousands(counts.locked_plans)),
        ],
    )?;
    let mut table = Table::new(&[
        ("MONTH", Kind::Text),
        ("SIGN-UPS", Kind::Number),
        ("WARNED", Kind::Number),
        ("CONVERTED", Kind::Number),
        ("CHURNED", Kind::Number),
    ]);
    for row in &figures.months {
        let counts = [row.sign_ups, row.warned, row.converted, row.churned];
        let month = row.month.format("%Y-%m").to_string();
        table.add(std::iter::once(month).chain(counts.map(show::thousands)));
    }
    writeln!(out, "\n{table}")?;
    for (currency, months) in &figures.revenue {
        writeln!(out, "\nRecurring revenue a month, in whole {currency}:")?;
        writeln!(out, "{}", revenue_table(months))?;
    }
    writeln!(out, "(PostgreSQL; months are UTC; --json has the decimals)")?;
    Ok(())
}

fn revenue_table(months: &[RevenueMonth]) -> Table {
    let mut table = Table::new(&[
        ("MONTH", Kind::Text),
        ("OPENING", Kind::Number),
        ("NEW", Kind::Number),
        ("MORE", Kind::Number),
        ("LESS", Kind::Number),
        ("CHURN", Kind::Number),
        ("BACK", Kind::Number),
        ("CLOSING", Kind::Number),
    ]);
    for row in months {
        let month = row.month.format("%Y-%m").to_string();
        let amounts = std::iter::once(row.opening)
            .chain(row.moved)
            .chain([row.closing]);
        table.add(std::iter::once(month).chain(amounts.map(whole)));
    }
    table
}

fn whole(amount: Decimal) -> String {
    amount
        .round()
        .to_i64()
        .map_or_else(|| amount.to_string(), show::thousands)
}
