use diesel::{
    OptionalExtension, QueryableByName, sql_query,
    sql_types::{Jsonb, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use suite_core::{
    Error,
    id::MailId,
    mail::{MailContent, MailState},
};

use crate::{AccountTx, DbResult};

/// A mail, as far as sending it needs to know it. It cannot be printed: it holds an address.
#[derive(Clone, QueryableByName)]
pub struct Mail {
    /// The normalised address of its only reader.
    #[diesel(sql_type = Text)]
    pub recipient: String,
    #[diesel(sql_type = Jsonb)]
    content: Value,
    #[diesel(sql_type = Text)]
    state: String,
    /// How often it was handed to the provider.
    #[diesel(sql_type = SmallInt)]
    pub sends: i16,
}

impl Mail {
    /// Returns what it says.
    ///
    /// # Errors
    /// When a newer version wrote it.
    pub fn content(&self) -> suite_core::Result<MailContent> {
        serde_json::from_value(self.content.clone()).map_err(Error::internal)
    }

    /// Returns what has become of it.
    ///
    /// # Errors
    /// When a newer version wrote it.
    pub fn state(&self) -> suite_core::Result<MailState> {
        self.state.parse().map_err(Error::internal)
    }
}

/// Returns a mail and holds it until the transaction ends.
///
/// # Errors
/// When the server is away.
pub async fn find(tx: &mut AccountTx, id: MailId) -> DbResult<Option<Mail>> {
    Ok(sql_query(
        "SELECT recipient, content, state, sends FROM mails WHERE account_id = $1 AND id = $2 FOR UPDATE",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(id.as_uuid())
    .get_result(&mut **tx)
    .await
    .optional()?)
}

/// Notes that a mail is about to be handed to the provider; committed before it is.
///
/// # Errors
/// When the server is away.
pub async fn begin_sending(tx: &mut AccountTx, id: MailId) -> DbResult<()> {
    sql_query(
        "UPDATE mails SET state = 'sending', sends = sends + 1, reason = NULL, changed_at = now() \
         WHERE account_id = $1 AND id = $2",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(id.as_uuid())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes what became of a mail. An attempt that certainly did not reach the provider (back to `queued`) does not count.
///
/// # Errors
/// When the server is away.
pub async fn settle(
    tx: &mut AccountTx,
    id: MailId,
    state: MailState,
    provider_id: Option<&str>,
    reason: Option<&str>,
) -> DbResult<()> {
    // The provider's event may have come before its answer: what it says is newer.
    sql_query(
        "UPDATE mails SET provider_id = coalesce($4, provider_id), reason = $5, changed_at = now(), \
                sends = CASE WHEN $3 = 'queued' THEN sends - 1 ELSE sends END, state = $3 \
         WHERE account_id = $1 AND id = $2 AND state IN ('queued', 'sending', 'unknown')",
    )
    .bind::<SqlUuid, _>(tx.account_id().as_uuid())
    .bind::<SqlUuid, _>(id.as_uuid())
    .bind::<Text, _>(state.name())
    .bind::<Nullable<Text>, _>(provider_id)
    .bind::<Nullable<Text>, _>(reason)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
