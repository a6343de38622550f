use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use suite_core::{id::AccountId, job::Queue};
use suite_db::operator::queues::{self, QueueRow};

use super::{
    Console, Ending, Session, audit, queue, show,
    table::{Kind, Table},
};

/// The queues in which jobs wait.
#[derive(Debug, Subcommand)]
pub enum Queues {
    /// List them with what waits in them
    List,
    /// Start no more jobs of a queue, in the whole fleet; running ones go on
    Pause(Steer),
    /// Let a queue go on
    Resume(Steer),
}

#[derive(Debug, Args)]
pub struct Steer {
    /// inventory, reports, email or maintenance
    queue: Queue,
}

pub(super) async fn run(
    command: Queues,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    match command {
        Queues::List => list(session, console).await,
        Queues::Pause(Steer { queue }) => steer(queue, true, session, console).await,
        Queues::Resume(Steer { queue }) => steer(queue, false, session, console).await,
    }
}

async fn steer(
    queue: Queue,
    pause: bool,
    session: &Session,
    console: &mut Console<'_>,
) -> anyhow::Result<Ending> {
    let mut tx = session.db().await?.fleet().await?;
    let (changed, action, word) = if pause {
        (
            queues::pause(&mut tx, queue).await?,
            "pause_queue",
            "paused",
        )
    } else {
        (
            queues::resume(&mut tx, queue).await?,
            "resume_queue",
            "resumed",
        )
    };
    if changed {
        audit::note_for(
            &mut tx,
            AccountId::OPERATOR,
            session,
            action,
            queue.name(),
            audit::no_detail(),
        )
        .await?;
    }
    tx.commit().await?;
    if session.json {
        show::json(
            console.out,
            &json!({ "queue": queue.name(), "state": word, "changed": changed }),
        )?;
    } else if changed {
        writeln!(console.out, "{queue} {word}")?;
    } else {
        writeln!(
            console.out,
            "{queue} was {} already",
            if pause { "paused" } else { "running" }
        )?;
    }
    Ok(Ending::Fine)
}

async fn list(session: &Session, console: &mut Console<'_>) -> anyhow::Result<Ending> {
    // Redis is asked even when PostgreSQL is away, and the other way round.
    let rows = read(session).await;
    let db = session.db_unchecked().await?;
    let depths = queue::depths(session, &db).await;
    if session.json {
        let postgresql = json_of(&rows, |rows| json!({ "items": rows }));
        let redis = json_of(&depths, |depths| {
            let items = depths
                .iter()
                .map(|(queue, depth)| (queue.name().to_owned(), json!(depth)));
            json!({ "waiting": items.collect::<Map<_, _>>() })
        });
        let answer = json!({ "postgresql": postgresql, "redis": redis });
        show::json(console.out, &answer)?;
    } else {
        print(
            console,
            rows.as_deref().unwrap_or_default(),
            depths.as_deref().unwrap_or_default(),
        )?;
        for (source, error) in [
            ("PostgreSQL", rows.as_ref().err()),
            ("Redis", depths.as_ref().err()),
        ] {
            if let Some(error) = error {
                let told = show::chain(error.as_ref());
                let told = told.strip_prefix("PostgreSQL: ").unwrap_or(&told);
                writeln!(console.err, "{source}: {told}")?;
            }
        }
    }
    Ok(if rows.is_ok() && depths.is_ok() {
        Ending::Fine
    } else {
        Ending::Bad
    })
}

fn json_of<T>(result: &anyhow::Result<T>, fine: impl FnOnce(&T) -> Value) -> Value {
    match result {
        Ok(value) => fine(value),
        Err(error) => json!({ "error": show::chain(error.as_ref()) }),
    }
}

async fn read(session: &Session) -> anyhow::Result<Vec<QueueRow>> {
    let mut tx = session.db().await?.fleet().await?;
    Ok(queues::list(&mut tx).await?)
}

fn print(
    console: &mut Console<'_>,
    rows: &[QueueRow],
    depths: &[(Queue, u64)],
) -> anyhow::Result<()> {
    let mut table = Table::new(&[
        ("QUEUE", Kind::Elastic),
        ("STATE", Kind::Text),
        ("QUEUED", Kind::Number),
        ("LATER", Kind::Number),
        ("RETRYING", Kind::Number),
        ("RUNNING", Kind::Number),
        ("DEAD", Kind::Number),
        ("WAIT", Kind::Number),
        ("REDIS", Kind::Number),
    ]);
    let mut names: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    names.extend(depths.iter().map(|(queue, _)| queue.name()));
    for name in names {
        let depth = depths.iter().find(|(queue, _)| queue.name() == name);
        let depth = depth.map_or_else(unknown, |(_, depth)| depth.to_string());
        let Some(row) = rows.iter().find(|row| row.name == name) else {
            let gap = std::iter::repeat_with(unknown).take(7);
            table.add(std::iter::once(name.to_owned()).chain(gap).chain([depth]));
            continue;
        };
        table.add([
            row.name.clone(),
            if row.paused_at.is_some() {
                "paused"
            } else {
                "open"
            }
            .to_owned(),
            row.queued.to_string(),
            row.scheduled.to_string(),
            row.retrying.to_string(),
            row.running.to_string(),
            row.dead.to_string(),
            row.oldest_waiting_seconds
                .map_or_else(|| "-".to_owned(), show::age),
            depth,
        ]);
    }
    writeln!(console.out, "{table}")?;
    writeln!(
        console.out,
        "(REDIS: ids that wait there; all else from PostgreSQL)"
    )?;
    Ok(())
}

fn unknown() -> String {
    "?".to_owned()
}
