use diesel::sql_types::{Array, BigInt, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use suite_core::id::ImportId;

use super::{Reject, raced::raced};
use crate::{AccountTx, DbResult};

/// The most refused rows of a file, all of which are kept: with more, the file is wrong, and it must not fill the disk.
pub const REJECTS_LIMIT: i64 = 1_000_000;

/// Keeps refused rows.
///
/// # Errors
/// [`suite_core::Error::Conflict`] when somebody else has written them.
pub async fn keep_rejects(tx: &mut AccountTx, id: ImportId, rejects: &[Reject]) -> DbResult<()> {
    let lines: Vec<i64> = rejects.iter().map(|reject| reject.line_number).collect();
    let reasons: Vec<&str> = rejects
        .iter()
        .map(|reject| reject.reason.as_str())
        .collect();
    let contents: Vec<&str> = rejects
        .iter()
        .map(|reject| reject.content.as_str())
        .collect();
    diesel::sql_query(
        "INSERT INTO import_rejects (account_id, import_id, line_number, reason, content) \
         SELECT $1, $2, unnest($3), unnest($4), unnest($5)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(id.as_uuid())
    .bind::<Array<BigInt>, _>(lines)
    .bind::<Array<Text>, _>(reasons)
    .bind::<Array<Text>, _>(contents)
    .execute(&mut **tx)
    .await
    .map_err(raced)?;
    Ok(())
}
