use actix_web::{HttpResponse, http::header::CONTENT_DISPOSITION, web::Data};
use serde::Deserialize;
use suite_core::{
    id::PurchaseOrderId,
    inventory::{PurchaseCsvLine, write_purchase_csv},
};
use suite_db::inventory::purchase_orders;
use utoipa::IntoParams;

use super::missing;
use crate::{
    App,
    extract::{Id, Member, Query},
    problem::{ApiResult, Problem, ProblemView},
};

/// In which form the order is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FileParams {
    /// `csv`.
    format: String,
}

/// Downloads an order as a file for its vendor.
#[utoipa::path(get, path = "/v1/purchase-orders/{id}/file", tag = "purchasing",
    params(("id" = Uuid, Path), FileParams),
    responses((status = 200, content((String = "text/csv"))), (status = 404, body = ProblemView),
        (status = 406, body = ProblemView)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn file(
    app: Data<App>,
    who: Member,
    Id(id): Id<PurchaseOrderId>,
    Query(params): Query<FileParams>,
) -> ApiResult<HttpResponse> {
    let mut tx = app.db.account(who.account_id).await?;
    let order = purchase_orders::get(&mut tx, id).await?;
    let order = order.ok_or_else(missing)?;
    let lines = purchase_orders::lines(&mut tx, id).await?;
    tx.commit().await?;
    if params.format != "csv" {
        return Err(Problem::not_acceptable("An order can be had as `csv`."));
    }
    let mut bytes = Vec::new();
    let rows = lines.iter().map(|line| PurchaseCsvLine {
        position: line.position,
        sku: &line.sku,
        title: &line.title,
        quantity: line.quantity,
        unit_price: line.unit_price,
    });
    write_purchase_csv(rows, order.currency, &mut bytes)?;
    let name = format!("attachment; filename=\"purchase-order-{id}.csv\"");
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, name))
        .body(bytes))
}
