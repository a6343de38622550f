use std::{
    collections::{HashMap, HashSet},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    Report,
    fleet::Kill,
    load::{Fate, Sent},
};
use crate::TestApp;

/// The end of a job as its row tells it.
struct Row {
    state: String,
    attempt: String,
    crashes: usize,
    text: String,
}

/// A line of the log that the jobs wrote.
struct Entry {
    at: f64,
    attempt: String,
    pid: u32,
    is_effect: bool,
}

/// All that is known of the jobs of a run.
pub(super) struct History<'a> {
    sent: &'a [Sent],
    accepted: &'a [String],
    rows: HashMap<String, Row>,
    log: HashMap<String, Vec<Entry>>,
    reports: HashMap<String, bool>,
}

impl<'a> History<'a> {
    pub(super) async fn read(app: &TestApp, sent: &'a [Sent], accepted: &'a [String]) -> Self {
        let rows = app
            .sql("SELECT id, state, attempt, crashes, coalesce(error_detail, error), coalesce(result->>'pid', '') FROM jobs")
            .await;
        let rows = rows.into_iter().map(|row| {
            let text = row.join(" ");
            let row = Row {
                state: row[1].clone(),
                attempt: row[2].clone(),
                crashes: row[3].parse().unwrap(),
                text,
            };
            (row.text[..36].to_owned(), row)
        });
        let entries = app
            .sql("SELECT job_id, extract(epoch FROM at), attempt, pid, what FROM chaos_log ORDER BY at")
            .await;
        let mut log: HashMap<String, Vec<Entry>> = HashMap::new();
        for entry in entries {
            log.entry(entry[0].clone()).or_default().push(Entry {
                at: entry[1].parse().unwrap(),
                attempt: entry[2].clone(),
                pid: entry[3].parse().unwrap(),
                is_effect: entry[4] == "effect",
            });
        }
        let reports = app
            .sql("SELECT job_id, result IS NOT NULL FROM reports")
            .await;
        Self {
            sent,
            accepted,
            rows: rows.collect(),
            log,
            reports: reports
                .into_iter()
                .map(|row| (row[0].clone(), row[1] == "t"))
                .collect(),
        }
    }

    /// Holds what happened against what was promised.
    pub(super) fn judge(&self, report: &mut Report) {
        let count = |fate: &[Fate]| {
            self.sent
                .iter()
                .filter(|sent| fate.contains(&sent.fate))
                .count()
        };
        report.committed = count(&[Fate::Committed, Fate::CalledOff]) + self.accepted.len();
        report.rolled_back = count(&[Fate::RolledBack]);
        report.unknown = count(&[Fate::Unknown]);
        report.crashes = self.rows.values().map(|row| row.crashes).sum();
        let entries = self.log.values().flatten();
        report.starts = entries.filter(|entry| !entry.is_effect).count();
        for sent in self.sent {
            self.judge_one(sent, report);
        }
        self.judge_reports(report);
        let known: HashSet<String> = self
            .sent
            .iter()
            .map(|sent| sent.job.id.to_string())
            .collect();
        for id in self.log.keys().filter(|id| !known.contains(*id)) {
            report
                .broken
                .push(format!("job {id} ran and nobody wrote it"));
        }
    }

    fn judge_one(&self, sent: &Sent, report: &mut Report) {
        let id = sent.job.id.to_string();
        let nothing = Vec::new();
        let entries = self.log.get(&id).unwrap_or(&nothing);
        let effects = entries.iter().filter(|entry| entry.is_effect).count();
        let mut blame = |what: &str| report.broken.push(format!("{what}\n{}", self.tell(sent)));
        let row = self.rows.get(&id);
        match (sent.fate, row.map(|row| row.state.as_str())) {
            (Fate::RolledBack, None) if entries.is_empty() => return,
            (Fate::RolledBack, _) => return blame("a job that was rolled back exists or ran"),
            (Fate::Unknown, None) if entries.is_empty() => return,
            (Fate::Committed | Fate::Unknown, Some("succeeded")) => {}
            (Fate::CalledOff, Some("succeeded" | "cancelled")) => {}
            _ => {
                blame("a committed job has no good end");
                report.lost += 1;
                return;
            }
        }
        let is_done = row.is_some_and(|row| row.state == "succeeded");
        match effects {
            1 if is_done => {}
            0 if !is_done => {}
            // Its effect came first, in a transaction of its own, and then it was called off.
            1 if !sent.ends_in_transaction => {}
            0 => blame("a job succeeded without its effect"),
            1 => blame("a job that was called off has its effect"),
            _ => {
                blame("a job has its effect more than once");
                report.doubled += 1;
                return;
            }
        }
        if sent.ends_in_transaction
            && let Some(effect) = entries.iter().find(|entry| entry.is_effect)
        {
            if entries
                .iter()
                .any(|entry| entry.at > effect.at && !entry.is_effect)
            {
                blame("a job started again after it had succeeded");
            }
            if row.is_some_and(|row| row.attempt != effect.attempt) {
                blame("the attempt that ended the job is not the one that had its effect");
            }
        }
    }

    fn judge_reports(&self, report: &mut Report) {
        for id in self.accepted {
            let is_done = self
                .rows
                .get(id)
                .is_some_and(|row| row.state == "succeeded");
            if !is_done || self.reports.get(id) != Some(&true) {
                report.lost += 1;
                let row = self.rows.get(id).map_or("no row", |row| &row.text);
                report.broken.push(format!(
                    "the API accepted job {id}, which has no good end: {row}"
                ));
            }
        }
    }

    /// Tells how long the jobs that a worker was running when it was killed waited for their next start.
    pub(super) fn recoveries(&self, kill: &Kill) -> Vec<Duration> {
        let killed_at = seconds(kill.at);
        let next = kill.running.iter().filter_map(|id| {
            let mut entries = self.log.get(id)?.iter();
            entries.find(|entry| !entry.is_effect && entry.pid != kill.pid && entry.at > killed_at)
        });
        next.map(|entry| Duration::from_secs_f64(entry.at - killed_at))
            .collect()
    }

    fn tell(&self, sent: &Sent) -> String {
        let id = sent.job.id.to_string();
        let row = self.rows.get(&id).map_or("no row", |row| &row.text);
        let mut text = format!(
            "  job {id} (number {}, ends in its transaction: {}), {:?} at {:.3}\n  row: {row}\n",
            sent.number,
            sent.ends_in_transaction,
            sent.fate,
            seconds(sent.at)
        );
        for entry in self.log.get(&id).into_iter().flatten() {
            let what = if entry.is_effect { "effect" } else { "start" };
            let Entry {
                at, attempt, pid, ..
            } = entry;
            text += &format!("  {at:.3} {what} of attempt {attempt} in process {pid}\n");
        }
        text
    }
}

pub(super) fn seconds(at: SystemTime) -> f64 {
    at.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
}
