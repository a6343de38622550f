use suite_db::jobs::{Attempt, Finish, Outcome, finish};

use crate::TestApp;

const RUNNING: &str = "SELECT account_id, id, attempt, worker_id,
       to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')
  FROM jobs WHERE state = 'running'";

/// Tokens of attempts that were seen running, to be presented when they have lost their jobs.
#[derive(Default)]
pub(super) struct Tokens {
    held: Vec<Finish>,
    /// How many were presented, and refused.
    pub(super) refused: usize,
}

impl Tokens {
    /// Remembers the attempts that run now.
    pub(super) async fn collect(&mut self, app: &TestApp) {
        let running = running(app).await;
        self.held.extend(running);
    }

    /// Tries to end jobs by tokens that have become stale; returns what was accepted all the same.
    pub(super) async fn present(&mut self, app: &TestApp) -> Vec<String> {
        let running = running(app).await;
        let (held, stale) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(|token| running.contains(token));
        self.held = held;
        let stale: Vec<Finish> = stale;
        let accepted = async {
            let mut connection = app.db.fleet_connection().await?;
            finish(&mut connection, &stale).await
        };
        match accepted.await {
            Ok(accepted) => {
                self.refused += stale.len() - accepted.len();
                let told = |id| format!("a stale finish of job {id} was accepted");
                accepted.iter().map(told).collect()
            }
            // The database is away: another time.
            Err(_) => {
                self.held.extend(stale);
                Vec::new()
            }
        }
    }
}

async fn running(app: &TestApp) -> Vec<Finish> {
    let rows = app.sql(RUNNING).await;
    let token = |row: &Vec<String>| Finish {
        account_id: row[0].parse().unwrap(),
        attempt: Attempt {
            job_id: row[1].parse().unwrap(),
            attempt: row[2].parse().unwrap(),
            worker_id: row[3].parse().unwrap(),
            started_at: row[4].parse().unwrap(),
        },
        outcome: Outcome::Succeeded(serde_json::json!("stale")),
    };
    rows.iter().map(token).collect()
}
