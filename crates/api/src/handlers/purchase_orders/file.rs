use actix_web::{HttpResponse, http::header::CONTENT_DISPOSITION, web::Data};
use rust_decimal::Decimal;
use suite_core::{
    Error,
    id::PurchaseOrderId,
    inventory::{PurchaseCsvLine, write_purchase_csv},
    report::{Cell, Column, ColumnKind, FileHead, TableFile, TableHead, TotalLine},
};
use suite_db::{
    inventory::{
        locations,
        purchase_orders::{self, Line, PurchaseOrder},
    },
    stores,
};
use suite_files::PdfFile;

use super::{amount, missing};
use crate::{
    App,
    extract::{Id, Member, Query},
    handlers::reports::FileParams,
    problem::{ApiResult, Problem, ProblemView},
};

/// Downloads an order as a file for its vendor: `csv` or `pdf`.
///
/// It is made at once: an order has a thousand lines at most, some milliseconds of work.
#[utoipa::path(get, path = "/v1/purchase-orders/{id}/file", tag = "purchasing",
    params(("id" = Uuid, Path), FileParams),
    responses((status = 200, content((String = "text/csv"), (Vec<u8> = "application/pdf"))),
        (status = 404, body = ProblemView), (status = 406, body = ProblemView)),
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
    let store = stores::get(&mut tx, order.store_id).await?;
    let location = locations::get(&mut tx, order.location_id).await?;
    tx.commit().await?;
    let (content_type, bytes) = match params.format.as_str() {
        "csv" => ("text/csv; charset=utf-8", csv(&order, &lines)?),
        "pdf" => {
            let sender = store.map(|store| store.name).unwrap_or_default();
            let place = location.map(|location| location.name).unwrap_or_default();
            ("application/pdf", pdf(&order, &lines, [&sender, &place])?)
        }
        _ => {
            return Err(Problem::not_acceptable(
                "An order can be had as `csv` or `pdf`.",
            ));
        }
    };
    let name = format!(
        "attachment; filename=\"purchase-order-{id}.{}\"",
        params.format
    );
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((CONTENT_DISPOSITION, name))
        .body(bytes))
}

fn csv(order: &PurchaseOrder, lines: &[Line]) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let rows = lines.iter().map(|line| PurchaseCsvLine {
        position: line.position,
        sku: &line.sku,
        title: &line.title,
        quantity: line.quantity,
        unit_price: line.unit_price,
    });
    write_purchase_csv(rows, order.currency, &mut bytes)?;
    Ok(bytes)
}

fn pdf(
    order: &PurchaseOrder,
    lines: &[Line],
    [sender, place]: [&str; 2],
) -> Result<Vec<u8>, Error> {
    let mut file = PdfFile::new();
    let money = |amount: Decimal| Cell::Money(order.currency.scale(amount));
    let total = lines
        .iter()
        .map(amount)
        .try_fold(Decimal::ZERO, Decimal::checked_add);
    let pieces = lines.iter().map(|line| line.quantity).sum();
    let drafted = order
        .sent_at
        .unwrap_or(order.created_at)
        .format("%-d %b %Y");
    file.begin(&FileHead {
        title: "Purchase order".to_owned(),
        subject: format!("to {}", order.vendor),
        range: format!("{}, {drafted}", order.id),
        currency: order.currency,
        columns: vec![
            Column::new("quantity", "Quantity", ColumnKind::Quantity),
            Column::new("unit_price", "Unit price", ColumnKind::Money),
            Column::new("amount", "Amount", ColumnKind::Money),
        ],
        totals: vec![TotalLine {
            name: "total",
            title: "Total",
            range: String::new(),
            cells: vec![
                Cell::Quantity(pieces),
                Cell::Empty,
                total.map_or(Cell::Empty, money),
            ],
        }],
    })?;
    file.paragraph(&format!("Ordered by {sender}. Deliver to: {place}."))?;
    if let Some(day) = order.expected_on {
        file.paragraph(&format!("Expected on {}.", day.format("%-d %b %Y")))?;
    }
    file.paragraph(&order.note)?;
    file.begin_table(&TableHead {
        name: "lines",
        title: "Lines",
        rows: lines.len() as u64,
        told: vec![true; 3],
        has_keys: true,
        chart: None,
    })?;
    for line in lines {
        let cells = [
            Cell::Quantity(line.quantity.normalize()),
            money(line.unit_price),
            money(amount(line)),
        ];
        file.row(&line.sku, &line.title, &cells)?;
    }
    file.end_table()?;
    file.finish()?;
    Ok(file.take())
}
