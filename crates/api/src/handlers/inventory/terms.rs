use actix_web::{HttpResponse, http::header::ETAG, web::Data};
use serde::{Deserialize, Serialize};
use suite_core::{
    Error,
    id::{StoreId, VariantId},
    merchandise::{NON_MERCHANDISE_LIMIT, USUAL_NON_MERCHANDISE},
    money::format_quantity,
};
use suite_db::{
    AccountTx,
    inventory::stock_terms::{self, StockTerms},
    stores,
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    App,
    extract::{Id, IfMatch, Json, Member, etag},
    fields::{self, Faults},
    idempotency::IdempotencyKey,
    problem::{ApiResult, ProblemView},
    respond::Answer,
};

/// No SKU is longer.
const SKU_MAX: usize = 255;

/// When stock is low in a store, and which of its SKUs are no merchandise.
#[derive(Serialize, ToSchema)]
#[schema(as = StockTerms)]
pub(crate) struct TermsView {
    /// A variant is low when no more pieces of it are available at all locations together; a variant may have its own.
    low_stock_threshold: String,
    /// SKUs that are left out of ABC classes and rankings of products; `gift_*` stands for all that begin with `gift_`.
    non_merchandise: Vec<String>,
    /// Whether these are the usual ones, because the store has named none.
    is_usual: bool,
}

impl From<StockTerms> for TermsView {
    fn from(terms: StockTerms) -> Self {
        let named = terms.named_non_merchandise().map(<[String]>::to_vec);
        Self {
            low_stock_threshold: format_quantity(terms.low_stock_threshold),
            is_usual: named.is_none(),
            non_merchandise: named.unwrap_or_else(|| {
                let usual = USUAL_NON_MERCHANDISE.iter();
                usual.map(|sku| (*sku).to_owned()).collect()
            }),
        }
    }
}

/// The terms to set; what is left out becomes as usual.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TermsToSet {
    /// Zero or more; 10 as usual.
    low_stock_threshold: Option<String>,
    /// At most 1,000 SKUs, case-sensitive, in place of the usual ones; `gift_*` stands for all that begin with `gift_`.
    non_merchandise: Option<Vec<String>>,
}

/// A threshold to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThresholdToSet {
    /// Zero or more; null for the store's.
    low_stock_threshold: Option<String>,
}

/// The threshold of a variant.
#[derive(Serialize, ToSchema)]
#[schema(as = LowStockThreshold)]
pub(crate) struct ThresholdView {
    variant_id: Uuid,
    /// At or below which the variant is low.
    low_stock_threshold: String,
}

fn skus(named: Option<Vec<String>>, faults: &mut Faults) -> Option<Vec<String>> {
    let mut named = named?;
    named.sort_unstable();
    named.dedup();
    if named.len() > NON_MERCHANDISE_LIMIT {
        let most = format!("must be at most {NON_MERCHANDISE_LIMIT}");
        faults.add("non_merchandise", most);
    }
    let is_bad = |sku: &String| sku.is_empty() || sku == "*" || sku.chars().count() > SKU_MAX;
    if named.iter().any(is_bad) {
        let rule = format!("must hold SKUs of 1 to {SKU_MAX} characters, and not all of them");
        faults.add("non_merchandise", rule);
    }
    Some(named)
}

/// Shows when stock is low in a store, and which SKUs are no merchandise.
#[utoipa::path(get, path = "/v1/stores/{id}/stock-terms", tag = "inventory", params(("id" = Uuid, Path)),
    responses((status = 200, body = TermsView), (status = 404, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get_terms(
    app: Data<App>,
    who: Member,
    Id(id): Id<StoreId>,
) -> ApiResult<HttpResponse> {
    let mut tx = app.db.account(who.account_id).await?;
    let terms = stock_terms::find(&mut tx, id).await?;
    let terms = terms.ok_or(Error::NotFound { what: "store" })?;
    let tag = (ETAG, etag(terms.revision));
    Ok(HttpResponse::Ok()
        .insert_header(tag)
        .json(TermsView::from(terms)))
}

/// Sets when stock is low in a store, and which SKUs are no merchandise.
#[utoipa::path(put, path = "/v1/stores/{id}/stock-terms", tag = "inventory", request_body = TermsToSet,
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read.")),
    responses((status = 200, body = TermsView), (status = 404, body = ProblemView),
        (status = 412, body = ProblemView), (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn put_terms(
    app: Data<App>,
    who: Member,
    Id(id): Id<StoreId>,
    version: IfMatch,
    key: IdempotencyKey,
    Json(body): Json<TermsToSet>,
) -> ApiResult<Answer> {
    let mut faults = Faults::default();
    let threshold = body.low_stock_threshold.as_deref().unwrap_or("10");
    let threshold = faults.check(fields::amount("low_stock_threshold", threshold))?;
    let named = skus(body.non_merchandise, &mut faults);
    let threshold = faults.all(threshold)?;
    let work = async |tx: &mut AccountTx| {
        let missing = || Error::NotFound { what: "store" };
        let store = stores::lock(tx, id).await?.ok_or_else(missing)?;
        version.check(store.revision)?;
        stock_terms::set(tx, id, threshold, named.as_deref(), app.clock.now()).await?;
        let terms = stock_terms::find(tx, id).await?.ok_or_else(missing)?;
        let tag = etag(terms.revision);
        Ok(Answer::ok(&TermsView::from(terms))?.etag(tag))
    };
    key.run(&app, &who, work).await
}

/// Gives a variant a threshold of its own, or the store's again.
#[utoipa::path(put, path = "/v1/variants/{id}/low-stock-threshold", tag = "inventory",
    request_body = ThresholdToSet, params(("id" = Uuid, Path)),
    responses((status = 200, body = ThresholdView), (status = 404, body = ProblemView),
        (status = 422, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn put_threshold(
    app: Data<App>,
    who: Member,
    Id(id): Id<VariantId>,
    key: IdempotencyKey,
    Json(body): Json<ThresholdToSet>,
) -> ApiResult<Answer> {
    let wanted = body.low_stock_threshold.as_deref();
    let wanted = wanted
        .map(|text| fields::amount("low_stock_threshold", text))
        .transpose()?;
    let work = async |tx: &mut AccountTx| {
        let threshold = stock_terms::set_threshold(tx, id, wanted).await?;
        let threshold = threshold.ok_or(Error::NotFound { what: "variant" })?;
        Answer::ok(&ThresholdView {
            variant_id: id.into(),
            low_stock_threshold: format_quantity(threshold),
        })
    };
    key.run(&app, &who, work).await
}
