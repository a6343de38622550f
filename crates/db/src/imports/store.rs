use diesel::{
    QueryableByName,
    sql_types::{Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{Error, id::StoreId, money::Currency};

use crate::{AccountTx, DbResult};

/// What the sums of a store depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreTerms {
    /// The currency of its amounts.
    pub currency: Currency,
    /// Where its days begin.
    pub zone: chrono_tz::Tz,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = Text)]
    timezone: String,
}

/// Returns the terms of a store, held until the transaction ends: no day may begin elsewhere while sums are written.
///
/// # Errors
/// [`Error::NotFound`] when the account has no such store, or has deleted it.
pub async fn hold_store(tx: &mut AccountTx, store_id: StoreId) -> DbResult<StoreTerms> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT currency, timezone FROM stores \
         WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL FOR SHARE",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(store_id.as_uuid())
    .load(&mut **tx)
    .await?;
    let row = rows
        .into_iter()
        .next()
        .ok_or(Error::NotFound { what: "store" })?;
    Ok(StoreTerms {
        currency: row.currency.parse().map_err(Error::internal)?,
        zone: row
            .timezone
            .parse()
            .map_err(|error: chrono_tz::ParseError| Error::internal(error.to_string()))?,
    })
}

/// Lets the transaction's commit return before it is on disk.
///
/// For a transaction that is written again when it is lost, because the checkpoint is lost with it: the end of the import is
/// committed in full, and what was committed before is on disk by then.
///
/// # Errors
/// When the server is away.
pub async fn commit_lazily(tx: &mut AccountTx) -> DbResult<()> {
    diesel::sql_query("SET LOCAL synchronous_commit = off")
        .execute(&mut **tx)
        .await?;
    Ok(())
}
