//! The rows of long series, in pieces.

use diesel::prelude::*;
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

/// Keeps a piece of a series: a JSON array of its rows.
///
/// # Errors
/// When the report is gone (a foreign key) or the database refuses.
pub async fn insert_piece(
    tx: &mut AccountTx,
    id: ReportId,
    grouping: Grouping,
    piece: i32,
    rows: &str,
) -> DbResult<()> {
    diesel::insert_into(pieces::table)
        .values((
            pieces::account_id.eq(tx.account_id().as_uuid()),
            pieces::report_id.eq(id.as_uuid()),
            pieces::grouping_name.eq(grouping.name()),
            pieces::piece.eq(piece),
            pieces::rows.eq(rows),
        ))
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
