//! The rows of long series, in pieces.

use diesel::{
    prelude::*,
    sql_types::{Array, Integer, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::{id::ReportId, report::Grouping};

use crate::{AccountTx, DbResult, schema::report_pieces as pieces};

/// Forgets the pieces of a report.
///
/// # Errors
/// When the database is away.
pub async fn clear_pieces(tx: &mut AccountTx, id: ReportId) -> DbResult<()> {
    diesel::delete(pieces::table)
        .filter(pieces::account_id.eq(tx.account_id().as_uuid()))
        .filter(pieces::report_id.eq(id.as_uuid()))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Keeps pieces of a series, from the one numbered `first` on: each a JSON array of its rows.
///
/// # Errors
/// When the report is gone (a foreign key) or the database refuses.
pub async fn insert_pieces(
    tx: &mut AccountTx,
    id: ReportId,
    grouping: Grouping,
    first: i32,
    pieces: &[String],
) -> DbResult<()> {
    diesel::sql_query(
        "INSERT INTO report_pieces (account_id, report_id, grouping_name, piece, rows)
         SELECT $1, $2, $3, $4 + number::integer - 1, text
           FROM unnest($5) WITH ORDINALITY AS pieces (text, number)",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(id.as_uuid())
    .bind::<Text, _>(grouping.name())
    .bind::<Integer, _>(first)
    .bind::<Array<Text>, _>(pieces)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Reads a piece of a series; `None` behind the last one.
///
/// # Errors
/// When the database is away.
pub async fn find_piece(
    tx: &mut AccountTx,
    id: ReportId,
    grouping: Grouping,
    piece: i32,
) -> DbResult<Option<String>> {
    let key = (
        tx.account_id().as_uuid(),
        id.as_uuid(),
        grouping.name(),
        piece,
    );
    Ok(pieces::table
        .find(key)
        .select(pieces::rows)
        .first(&mut **tx)
        .await
        .optional()?)
}
