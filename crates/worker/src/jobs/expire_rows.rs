use serde_json::{Map, Value};
use suite_core::jobs::ExpireRows;
use suite_db::expiry::{Expired, drop_expired};

use crate::runtime::{JobContext, JobError};

/// Rows dropped in one transaction: short enough to hold up nobody.
const SLICE: i64 = 2_000;
/// Pieces of uploads dropped in one transaction: each is half a megabyte.
const UPLOAD_SLICE: i64 = 200;
/// An answer is kept this long for a request that is repeated: a client gives up long before.
const ANSWER_DAYS: u32 = 2;
/// An upload that has not been completed by then never will be.
const ABANDONED_DAYS: u32 = 1;
/// Ended log-ins and links open nothing; a day more helps to tell what happened.
const SESSION_DAYS: u32 = 1;
/// For so long it can be told what the provider said; it repeats nothing that is older.
const EVENT_DAYS: u32 = 90;
/// For so long it can be told when a schedule fired, and what of it was skipped.
const TICK_DAYS: u32 = 90;

/// Drops what has served its time, slice by slice, and returns how much of what. Whatever is gone is gone: it may run twice.
pub(crate) async fn run(_: ExpireRows, context: &JobContext) -> Result<Value, JobError> {
    let failed_days = context.retention().upload_days;
    let rows = [
        ("answers", Expired::Answers, ANSWER_DAYS, SLICE),
        (
            "upload_pieces",
            Expired::AbandonedBytes,
            ABANDONED_DAYS,
            UPLOAD_SLICE,
        ),
        ("uploads", Expired::AbandonedUploads, ABANDONED_DAYS, SLICE),
        (
            "failed_upload_pieces",
            Expired::FailedBytes,
            failed_days,
            UPLOAD_SLICE,
        ),
        ("mail_events", Expired::MailEvents, EVENT_DAYS, SLICE),
        ("payment_bodies", Expired::PaymentBodies, EVENT_DAYS, SLICE),
        ("sessions", Expired::Sessions, SESSION_DAYS, SLICE),
        ("ticks", Expired::Ticks, TICK_DAYS, SLICE),
        ("user_tokens", Expired::UserTokens, SESSION_DAYS, SLICE),
    ];
    let (mut dropped, mut all) = (Map::new(), 0);
    for (name, what, days, limit) in rows {
        let mut count = 0;
        loop {
            context.check_cancelled()?;
            let mut tx = context.db().fleet().await?;
            let slice = drop_expired(&mut tx, what, days, limit).await?;
            tx.commit().await?;
            if slice == 0 {
                break;
            }
            count += slice;
            all += slice as u64;
            context.progress(all, None, "rows", name);
        }
        dropped.insert(name.to_owned(), count.into());
    }
    Ok(Value::Object(dropped))
}
