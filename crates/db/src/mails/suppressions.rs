use diesel::{
    QueryableByName, sql_query,
    sql_types::{Bool, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use suite_core::mail::MailTopic;

use crate::{AccountTx, DbResult};

#[derive(QueryableByName)]
struct Suppressed {
    #[diesel(sql_type = Bool)]
    suppressed: bool,
}

/// Tells whether a reader does not want a topic, or cannot be reached at all.
///
/// # Errors
/// When the server is away.
pub async fn is_suppressed(
    tx: &mut AccountTx,
    recipient: &str,
    topic: MailTopic,
) -> DbResult<bool> {
    let row: Suppressed = sql_query(
        "SELECT EXISTS (SELECT FROM mail_suppressions \
                         WHERE account_id = $1 AND recipient = $2 AND topic IN ('all', $3)) AS suppressed",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Text, _>(recipient)
    .bind::<Text, _>(topic.name())
    .get_result(&mut **tx)
    .await?;
    Ok(row.suppressed)
}

/// Notes that a reader does not want a topic any more. `None` stands for an address that cannot be reached.
///
/// # Errors
/// When the server is away.
pub async fn suppress(
    tx: &mut AccountTx,
    recipient: &str,
    topic: Option<MailTopic>,
    reason: &str,
) -> DbResult<()> {
    sql_query(
        "INSERT INTO mail_suppressions (account_id, recipient, topic, reason) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account_id, recipient, topic) DO NOTHING",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<Text, _>(recipient)
    .bind::<Text, _>(topic.map_or("all", MailTopic::name))
    .bind::<Text, _>(reason)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
