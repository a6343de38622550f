//! What an account wants to be told.

use actix_web::web::{Data, Json as JsonBody};
use serde::{Deserialize, Serialize};
use suite_db::{
    AccountTx,
    preferences::{self, Preferences},
};
use utoipa::ToSchema;

use crate::{
    App,
    extract::{Json, Member},
    idempotency::IdempotencyKey,
    problem::{ApiResult, ProblemView},
    respond::Answer,
};

/// What the account wants to be told.
#[derive(Serialize, ToSchema)]
#[schema(as = Preferences)]
pub(crate) struct PreferencesView {
    /// One mail a store when something has run low or out; each crossing is told once.
    stock_alerts: bool,
}

/// What to change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreferencesToChange {
    stock_alerts: Option<bool>,
}

impl From<Preferences> for PreferencesView {
    fn from(wanted: Preferences) -> Self {
        Self {
            stock_alerts: wanted.stock_alerts,
        }
    }
}

/// Shows what the account wants to be told.
#[utoipa::path(get, path = "/v1/preferences", tag = "access",
    responses((status = 200, body = PreferencesView), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get(app: Data<App>, who: Member) -> ApiResult<JsonBody<PreferencesView>> {
    let mut tx = app.db.account(who.account_id).await?;
    let wanted = preferences::get(&mut tx).await?;
    tx.commit().await?;
    Ok(JsonBody(wanted.into()))
}

/// Changes it.
#[utoipa::path(patch, path = "/v1/preferences", tag = "access", request_body = PreferencesToChange,
    responses((status = 200, body = PreferencesView), (status = 401, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn update(
    app: Data<App>,
    who: Member,
    key: IdempotencyKey,
    Json(body): Json<PreferencesToChange>,
) -> ApiResult<Answer> {
    let work = async |tx: &mut AccountTx| {
        let present = preferences::get(tx).await?;
        let wanted = Preferences {
            stock_alerts: body.stock_alerts.unwrap_or(present.stock_alerts),
        };
        preferences::put(tx, wanted, app.clock.now()).await?;
        Answer::ok(&PreferencesView::from(wanted))
    };
    key.run(&app, &who, work).await
}
