//! One order with its lines.

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use suite_core::{
    Error,
    id::OrderId,
    money::{Currency, format_quantity},
};
use suite_db::orders::{self, Order, OrderLine};

use super::{
    display::{Moment, grouped},
    render,
    shell::{Section, Shell, StoreInView},
    visitor::{Visitor, encoded},
};
use crate::{App, extract::Id, problem::ApiResult};

#[derive(Template)]
#[template(path = "order.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) store: StoreInView,
    pub(super) kind: &'static str,
    pub(super) number: String,
    pub(super) placed: Moment,
    pub(super) customer: String,
    /// The same, for an address.
    pub(super) customer_search: String,
    pub(super) country: String,
    pub(super) currency: String,
    pub(super) figures: Vec<Figure>,
    pub(super) lines: Vec<Line>,
}

/// A figure of the order, by name.
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) amount: String,
}

/// A line of the order.
pub(super) struct Line {
    pub(super) sku: String,
    pub(super) title: String,
    pub(super) event: &'static str,
    pub(super) quantity: String,
    pub(super) price: String,
    pub(super) amount: String,
}

/// Shows an order.
pub(super) async fn show(
    app: Data<App>,
    who: Visitor,
    Id(id): Id<OrderId>,
) -> ApiResult<HttpResponse> {
    // The store is known only by the order.
    let mut tx = app.db.account(who.0.account_id).await?;
    let order = orders::get(&mut tx, id).await?;
    let order = order.ok_or(Error::NotFound { what: "order" })?;
    let lines = orders::lines(&mut tx, id).await?;
    tx.commit().await?;
    let (tx, shell, store) =
        Shell::open_store(&app, &who, Section::Orders, Some(order.store_id)).await?;
    tx.commit().await?;
    render::page(&page(shell, store, order, lines))
}

fn page(mut shell: Shell, store: StoreInView, order: Order, lines: Vec<OrderLine>) -> Page {
    let kind = if order.is_credit_note {
        "Credit note"
    } else {
        "Order"
    };
    shell.title = format!("{kind} {}", order.number);
    let customer = order.customer_outside_id.clone().unwrap_or_default();
    Page {
        placed: Moment::new(order.placed_at, store.zone()),
        figures: figures(&order),
        lines: lines
            .into_iter()
            .map(|line| Line::new(line, order.currency))
            .collect(),
        currency: order.currency.to_string(),
        customer_search: encoded(&customer),
        customer,
        country: order.country,
        number: order.number,
        kind,
        shell,
        store,
    }
}

/// Leaves out what is zero, but never the total.
fn figures(order: &Order) -> Vec<Figure> {
    let measures = &order.measures;
    [
        ("Gross", measures.gross),
        ("Discounts", measures.discounts),
        ("Returns", measures.returns),
        ("Adjustments", measures.adjustments),
        ("Tax", measures.tax),
        ("Shipping", measures.shipping),
        ("Total", measures.total()),
    ]
    .into_iter()
    .filter(|(name, amount)| *name == "Total" || !amount.is_zero())
    .map(|(name, amount)| Figure {
        name,
        amount: grouped(&order.currency.format(amount)),
    })
    .collect()
}

impl Line {
    fn new(line: OrderLine, currency: Currency) -> Self {
        Self {
            sku: line.sku,
            title: line.title,
            event: line.event.name(),
            quantity: grouped(&format_quantity(line.quantity)),
            price: grouped(&currency.format(line.unit_price)),
            amount: grouped(&currency.format(line.quantity * line.unit_price)),
        }
    }
}
