use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Integer};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::StreamExt;

use crate::{DbResult, FleetConnection, statement::statement};

statement! {
    // Delivered with the commit, never before, and not at all when the transaction is rolled back.
    struct Notify {
        at_us: BigInt => i64,
    }
    "SELECT 1 AS sent FROM pg_notify('suite_due', $1::text)"
}

#[derive(diesel::QueryableByName)]
struct Sent {
    #[diesel(sql_type = Integer)]
    #[allow(dead_code, reason = "the call is what matters")]
    sent: i32,
}

/// Tells the keeper, when the transaction commits, that something is due at `at`: else it might rest past that time.
///
/// # Errors
/// When the database refuses.
pub async fn notify_due(connection: &mut AsyncPgConnection, at: DateTime<Utc>) -> DbResult<()> {
    let notify = Notify {
        at_us: at.timestamp_micros(),
    };
    let _: Vec<Sent> = notify.load(connection).await?;
    Ok(())
}

/// Begins to listen on this connection for what [`notify_due`] tells.
///
/// # Errors
/// When the server is away.
pub async fn listen_for_due(connection: &mut FleetConnection) -> DbResult<()> {
    Ok(connection.batch_execute("LISTEN suite_due").await?)
}

/// Waits for the next notice and returns when something is due. Dropped half-way it loses no notice.
///
/// # Errors
/// When the connection has ended.
pub async fn next_due_notice(connection: &mut FleetConnection) -> DbResult<DateTime<Utc>> {
    let mut notices = std::pin::pin!(connection.notifications_stream());
    loop {
        match notices.next().await {
            Some(notice) => {
                let at = notice?.payload.parse().ok();
                if let Some(at) = at.and_then(DateTime::from_timestamp_micros) {
                    return Ok(at);
                }
            }
            // The stream of a living connection does not end.
            None => std::future::pending().await,
        }
    }
}
