use std::time::Duration;

use suite_core::id::AccountId;
use suite_db::{
    DbError, DbResult, FleetConnection,
    schedules::{self, DueSchedule, Fired},
};

use crate::worker::{LayerError, Shared, within};

/// Schedules fired between two looks at the list.
const PAGE: i64 = 100;
/// The keeper's program may be older and not know the kind of a schedule: other workers fire it when it is so late.
const OVERDUE: Duration = Duration::from_secs(2);

/// Fires what is due. Returns false when something of that did not fire.
pub(super) async fn fire_due(
    shared: &Shared,
    database: &mut FleetConnection,
) -> Result<bool, LayerError> {
    fire(shared, database, Duration::ZERO).await
}

/// Fires what the keeper should have fired seconds ago: for workers that do not keep the house.
pub(crate) async fn fire_overdue(
    shared: &Shared,
    database: &mut FleetConnection,
) -> Result<(), LayerError> {
    fire(shared, database, OVERDUE).await.map(|_| ())
}

async fn fire(
    shared: &Shared,
    database: &mut FleetConnection,
    overdue: Duration,
) -> Result<bool, LayerError> {
    loop {
        let due = within(schedules::due(database, &shared.known_kinds, overdue, PAGE)).await?;
        let is_full = i64::try_from(due.len()).unwrap_or(i64::MAX) >= PAGE;
        let mut all_fired = true;
        for schedule in &due {
            match within(fire_one(shared, schedule)).await {
                Ok(Some(fired)) => tell(shared, &fired),
                Ok(None) => all_fired = false,
                Err(error) if error.is_transient() => return Err(error.into()),
                Err(error) => {
                    complain(schedule, &error);
                    all_fired = false;
                }
            }
        }
        shared.pulse.tick("due");
        if !is_full || !all_fired {
            return Ok(all_fired);
        }
    }
}

async fn fire_one(shared: &Shared, schedule: &DueSchedule) -> DbResult<Option<Fired>> {
    let mut tx = shared.db.account(schedule.account_id).await?;
    let fired = schedules::fire_due(&mut tx, &schedule.name, &shared.kinds).await?;
    tx.commit().await?;
    Ok(fired)
}

fn tell(shared: &Shared, fired: &Fired) {
    if let Some(job) = fired.job.filter(|_| fired.is_new) {
        shared.broker.dispatch(&[job]);
    }
    let schedule = label(fired.account_id, &fired.schedule);
    let outcome = if fired.job.is_some() {
        "fired"
    } else {
        "skipped"
    };
    metrics::counter!("schedule_ticks_total", "schedule" => schedule.clone(), "outcome" => outcome)
        .increment(1);
    if fired.skipped > 0 {
        metrics::counter!("schedule_ticks_total", "schedule" => schedule.clone(), "outcome" => "skipped")
            .increment(u64::from(fired.skipped));
    }
    let late = fired.late.as_secs_f64();
    metrics::gauge!("schedule_lateness_seconds", "schedule" => schedule).set(late);
    tracing::info!(
        schedule = fired.schedule,
        tick = %fired.tick_at,
        late_ms = u64::try_from(fired.late.as_millis()).unwrap_or(u64::MAX),
        skipped = fired.skipped,
        outcome,
        "a tick has come"
    );
}

/// The schedules of all accounts are one series: there may be thousands.
fn label(account_id: AccountId, schedule: &str) -> String {
    if account_id == AccountId::OPERATOR {
        schedule.to_owned()
    } else {
        "of accounts".to_owned()
    }
}

fn complain(schedule: &DueSchedule, error: &DbError) {
    metrics::counter!("schedule_failures_total").increment(1);
    tracing::error!(
        schedule = schedule.name,
        account.id = %schedule.account_id,
        %error,
        "a schedule is due and cannot be fired"
    );
}
