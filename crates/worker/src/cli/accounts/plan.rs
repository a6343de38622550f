//! What an account may use, by the operator's hand.

use anyhow::ensure;
use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use serde_json::json;
use suite_core::id::AccountId;
use suite_db::operator::accounts;

use super::find_account;
use crate::cli::{Console, Ending, Session, audit, show};

/// Moves the end of a trial. Its warnings are sent anew before the new end.
#[derive(Debug, Args)]
pub struct ExtendTrial {
    /// Its id, or an e-mail that logs in for it
    #[arg(value_name = "ID|EMAIL")]
    account: String,
    /// By so many days from its end, or from now when it is over
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    days: u32,
}

/// Gives an account a plan without payment, or takes one away.
#[derive(Debug, Args)]
pub struct SetPlan {
    /// Its id, or an e-mail that logs in for it
    #[arg(value_name = "ID|EMAIL")]
    account: String,
    /// What it gets; what it pays at Stripe stays as it is
    plan: GivenPlan,
}

/// What an operator can give.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum GivenPlan {
    /// Its trial, which may be over
    Trial,
    /// Everything, without an end
    Pro,
    /// Nothing but reading, until it gets another
    Locked,
}

impl GivenPlan {
    const fn name(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Pro => "pro",
            Self::Locked => "locked",
        }
    }
}

pub(super) async fn extend_trial(
    command: &ExtendTrial,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let mut tx = session.db().await?.fleet().await?;
    let account = find_account(&mut tx, &command.account).await?;
    let id = AccountId::from(account.id);
    ensure!(
        account.plan == "trial",
        "{id} is in no trial: its plan is {}",
        account.plan
    );
    let from = account.trial_ends_at.max(session.clock.now());
    let ends_at = from + TimeDelta::days(i64::from(command.days));
    accounts::move_trial(&mut tx, id, ends_at).await?;
    let detail = json!({"from": account.trial_ends_at, "to": ends_at});
    audit::note_for(
        &mut tx,
        id,
        session,
        "extend_trial",
        &id.to_string(),
        detail,
    )
    .await?;
    tx.commit().await?;
    if session.json {
        show::json(
            console.out,
            &json!({"account_id": id, "trial_ends_at": ends_at}),
        )?;
    } else {
        writeln!(console.out, "the trial of {id}")?;
        writeln!(console.out, "ends {} UTC", show::time(ends_at))?;
    }
    Ok(Ending::Fine)
}

pub(super) async fn set_plan(
    command: &SetPlan,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let mut tx = session.db().await?.fleet().await?;
    let account = find_account(&mut tx, &command.account).await?;
    let id = AccountId::from(account.id);
    ensure!(account.plan != "system", "{id} is the operator's own");
    let plan = command.plan.name();
    accounts::set_plan(&mut tx, id, plan).await?;
    let detail = json!({"from": account.plan, "to": plan});
    audit::note_for(&mut tx, id, session, "set_plan", &id.to_string(), detail).await?;
    tx.commit().await?;
    if session.json {
        show::json(console.out, &json!({"account_id": id, "plan": plan}))?;
    } else {
        writeln!(console.out, "{id} has the plan {plan}")?;
    }
    Ok(Ending::Fine)
}
