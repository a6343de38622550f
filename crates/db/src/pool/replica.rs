//! When reports may read from the replica: only where it shows everything that was committed before they began.

use std::time::{Duration, Instant};

use diesel::{
    QueryableByName, sql_query,
    sql_types::{Bool, Nullable, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::DbResult;

/// Between two looks at a replica that is behind.
const PAUSE: Duration = Duration::from_millis(25);

/// How fresh a replica is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// It shows everything that was asked for.
    Fresh,
    /// It did not in time.
    Behind,
    /// It is no standby of anything: nobody knows what it shows.
    NoStandby,
}

impl Freshness {
    /// Returns the word under which it is counted.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Behind => "behind",
            Self::NoStandby => "no_standby",
        }
    }
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Text)]
    place: String,
}

/// Returns where in its log the primary is.
pub(super) async fn place_of_primary(primary: &mut AsyncPgConnection) -> DbResult<String> {
    let place: Place = sql_query("SELECT pg_current_wal_lsn()::text AS place")
        .get_result(primary)
        .await?;
    Ok(place.place)
}

#[derive(QueryableByName)]
struct Reached {
    #[diesel(sql_type = Nullable<Bool>)]
    reached: Option<bool>,
}

/// Waits up to `patience` until the replica has reached a place in the log.
pub(super) async fn wait_for(
    replica: &mut AsyncPgConnection,
    place: &str,
    patience: Duration,
) -> DbResult<Freshness> {
    let begun = Instant::now();
    loop {
        let found: Reached = sql_query(
            "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() >= $1::pg_lsn END AS reached",
        )
        .bind::<Text, _>(place)
        .get_result(replica)
        .await?;
        match found.reached {
            None => return Ok(Freshness::NoStandby),
            Some(true) => return Ok(Freshness::Fresh),
            Some(false) if begun.elapsed() >= patience => return Ok(Freshness::Behind),
            Some(false) => tokio::time::sleep(PAUSE).await,
        }
    }
}
