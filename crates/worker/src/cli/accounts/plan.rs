//! What an account may use, by the operator's hand.

use anyhow::ensure;
use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use serde_json::json;
use suite_core::{billing::Opens, id::AccountId};
use suite_db::{billing, operator::accounts};

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

/// Gives an account a plan by hand, or takes back what was given.
///
/// `pro` and `locked` hold whatever is paid at Stripe, until another plan is given; `paid` lets payments decide again.
#[derive(Debug, Args)]
pub struct SetPlan {
    /// Its id, or an e-mail that logs in for it
    #[arg(value_name = "ID|EMAIL")]
    account: String,
    /// What it gets; what it pays at Stripe stays as it is
    plan: GivenPlan,
}

/// What an operator can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum GivenPlan {
    /// Its trial, which may be over; only for who has never paid
    Trial,
    /// What it pays for, and its trial if it has never paid: takes back what was given
    Paid,
    /// Everything, without an end, whatever is paid
    Pro,
    /// Nothing but reading, whatever is paid
    Locked,
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
    let now = session.clock.now();
    let given = match command.plan {
        GivenPlan::Trial | GivenPlan::Paid => None,
        GivenPlan::Pro => Some("pro"),
        GivenPlan::Locked => Some("locked"),
    };
    match given {
        Some(plan) => accounts::give_plan(&mut tx, id, plan, now).await?,
        None => accounts::take_plan_back(&mut tx, id).await?,
    }
    let mut tx = tx.for_account(id).await?;
    if given.is_none() {
        // The mails that it writes are handed out by the keeper.
        let settled = billing::settle(&mut tx, session.settings.billing.grace(), now).await?;
        ensure!(
            command.plan == GivenPlan::Paid || settled.opens == Opens::Nothing,
            "{id} has paid, so its trial is over: `suitectl accounts set-plan {id} paid` gives what it pays for, `pro` everything"
        );
    }
    let now_has = billing::access(&mut tx).await?;
    let plan = now_has.map_or("none", |access| access.plan.name());
    let detail = json!({"from": account.plan, "to": plan, "is_given": given.is_some()});
    audit::note(&mut tx, session, "set_plan", &id.to_string(), detail).await?;
    tx.commit().await?;
    let until = now_has.and_then(|access| access.access_until);
    if session.json {
        let told = json!({
            "account_id": id, "plan": plan, "is_given": given.is_some(), "access_until": until,
        });
        show::json(console.out, &told)?;
    } else {
        let how = match (given, plan, until) {
            (Some(_), ..) => "whatever it pays, until another is set".to_owned(),
            (None, "trial", _) => format!("until {} UTC", show::time(account.trial_ends_at)),
            (None, _, Some(until)) => format!("by what it pays, until {} UTC", show::time(until)),
            (None, _, None) => "by what it pays".to_owned(),
        };
        writeln!(console.out, "{id} has the plan {plan}\n{how}")?;
    }
    Ok(Ending::Fine)
}
