use actix_web::web::{Data, Json};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use suite_core::{
    Error,
    id::{AccountId, MailId},
    mail::MailState,
};
use suite_db::{
    audit,
    mails::{self, MailFilter, MailRow},
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::entry;
use crate::{
    App,
    extract::{Id, Listing, Operator, PageParams},
    problem::{ApiResult, ProblemView},
    respond::PageOf,
};

/// Which mails of all accounts to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OpsMailFilters {
    /// Only of this account.
    account_id: Option<Uuid>,
    /// Only of this kind, such as `trial_warning`.
    kind: Option<String>,
    /// Only in this state.
    state: Option<String>,
}

/// A mail in the log. Its reader and its content are left out: `suitectl mail show` has them.
#[derive(Serialize, ToSchema)]
#[schema(as = OpsMail)]
pub(crate) struct OpsMailView {
    id: Uuid,
    account_id: Uuid,
    kind: String,
    /// `queued`, `sending`, `unknown`, `sent`, `delivered`, `bounced`, `dropped`, `suppressed` or `failed`.
    state: String,
    /// How often it was handed to the provider.
    sends: i16,
    /// What the provider calls it.
    provider_id: Option<String>,
    /// Why it is in its state.
    reason: Option<String>,
    /// The job that sends it.
    job_id: Uuid,
    created_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
}

impl From<MailRow> for OpsMailView {
    fn from(row: MailRow) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            kind: row.kind,
            state: row.state,
            sends: row.sends,
            provider_id: row.provider_id,
            reason: row.reason,
            job_id: row.job_id,
            created_at: row.created_at,
            changed_at: row.changed_at,
        }
    }
}

/// Lists mails of all accounts with what became of them, newest first.
#[utoipa::path(get, path = "/v1/ops/mails", tag = "operator", params(OpsMailFilters, PageParams),
    responses((status = 200, body = PageOf<OpsMailView>), (status = 403, body = ProblemView),
        (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list_mails(
    app: Data<App>,
    _: Operator,
    listing: Listing<OpsMailFilters>,
) -> ApiResult<PageOf<OpsMailView>> {
    let (page, filters) = (listing.page, listing.filters);
    let state = filters.state.as_deref().map(str::parse::<MailState>);
    let filter = MailFilter {
        id: None,
        account_id: filters.account_id.map(AccountId::from),
        kind: filters.kind,
        state: state
            .transpose()
            .map_err(|error| Error::invalid("state", error.to_string()))?,
        before: page.after()?,
    };
    let limit = i32::try_from(page.rows()).unwrap_or(i32::MAX);
    let mut tx = app.db.fleet().await?;
    let rows = mails::list(&mut tx, &filter, limit).await?;
    tx.commit().await?;
    PageOf::new(
        &page,
        rows,
        |row| (row.created_at, row.id),
        OpsMailView::from,
    )
}

/// What an operator has lifted.
#[derive(Serialize, ToSchema)]
pub(crate) struct Lifted {
    /// How many entries kept us from mailing the reader.
    lifted: usize,
}

/// Lets the reader of a mail be mailed again about what it is about: after they asked for it, or their address works again. The
/// mail itself is not sent again.
#[utoipa::path(post, path = "/v1/ops/mails/{id}/lift-suppression", tag = "operator", params(("id" = Uuid, Path)),
    responses((status = 200, body = Lifted), (status = 403, body = ProblemView), (status = 404, body = ProblemView),
        (status = 409, description = "Nothing keeps us from mailing the reader about this.", body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn lift_suppression(
    app: Data<App>,
    who: Operator,
    Id(id): Id<MailId>,
) -> ApiResult<Json<Lifted>> {
    let missing = Error::NotFound { what: "mail" };
    let filter = MailFilter {
        id: Some(id),
        ..MailFilter::default()
    };
    let mut tx = app.db.fleet().await?;
    let row = mails::list(&mut tx, &filter, 1).await?.pop();
    let Some(row) = row else {
        return Err(missing.into());
    };
    let mut tx = tx.for_account(row.account_id.into()).await?;
    let lifted = mails::lift_for(&mut tx, id).await?.ok_or(missing)?;
    if lifted == 0 {
        let reason = "nothing keeps us from mailing this reader about this".to_owned();
        return Err(Error::Conflict { reason }.into());
    }
    let detail = json!({ "kind": row.kind, "lifted": lifted });
    let entry = entry(&app, &who.0, "lift_suppression", id.to_string(), detail);
    audit::record(&mut tx, &entry).await?;
    tx.commit().await?;
    Ok(Json(Lifted { lifted }))
}
