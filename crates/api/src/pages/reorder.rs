//! What to order: the newest analysis of a store's stock, ranked by what it costs to ignore.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use serde_json::{Value, json};
use suite_core::{
    id::AnalysisId,
    inventory::{AnalysisParams, Figures, PurchaseState},
    money::{Currency, format_quantity},
};
use suite_db::{
    AccountTx,
    inventory::{
        analyses::{self, ANALYSES_KEPT, Analysis},
        analysis_items::{self, Item, ItemFilter},
        purchase_orders::{self, PurchaseOrder, PurchaseOrderFilter},
    },
    jobs,
};

use super::{
    display::{self, Moment, grouped},
    form::Form,
    list::{OfStore, next_page},
    live::Live,
    render,
    shell::{Section, Shell, StoreInView},
    visitor::Visitor,
};
use crate::{
    App,
    extract::{Listing, Page as ListPage},
    handlers,
    idempotency::IdempotencyKey,
    problem::ApiResult,
};

/// Drafts that are shown; the API lists all orders.
const DRAFTS: i64 = 20;

#[derive(Template)]
#[template(path = "reorder.html")]
pub(super) struct Page {
    pub(super) shell: Shell,
    pub(super) store: StoreInView,
    /// The analysis that is being computed.
    pub(super) live: Option<Live>,
    pub(super) told: Option<Told>,
    pub(super) drafts: Vec<Draft>,
    pub(super) next: Option<String>,
}

/// What the newest computed analysis says.
pub(super) struct Told {
    pub(super) id: String,
    pub(super) as_of: String,
    pub(super) rows: Vec<Row>,
    /// Whether the rows lie at more than one location.
    pub(super) has_places: bool,
    pub(super) vendors: Vec<Vendor>,
}

/// Something to order.
pub(super) struct Row {
    pub(super) sku: String,
    pub(super) title: String,
    pub(super) location: String,
    pub(super) vendor: String,
    pub(super) available: String,
    pub(super) incoming: String,
    pub(super) demand: String,
    pub(super) cover: String,
    pub(super) sell_out: String,
    pub(super) order_by: String,
    pub(super) suggested: String,
    pub(super) cost: String,
}

/// From whom something on the page is bought.
pub(super) struct Vendor {
    pub(super) id: String,
    pub(super) name: String,
}

/// An order that has not been sent.
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) vendor: String,
    pub(super) drafted: Moment,
}

/// Shows what to order.
pub(super) async fn show(
    app: Data<App>,
    who: Visitor,
    listing: Listing<OfStore>,
) -> ApiResult<HttpResponse> {
    let page = listing.page;
    let (mut tx, mut shell, store) =
        Shell::open_store(&app, &who, Section::Inventory, listing.filters.store_id).await?;
    "What to order".clone_into(&mut shell.title);
    let known = analyses::list(&mut tx, Some(store.id), None, ANALYSES_KEPT).await?;
    let live = under_way(&mut tx, known.first()).await?;
    shell.live(live.as_ref().is_some_and(|live| !live.is_over));
    let done = known
        .into_iter()
        .find(|analysis| analysis.finished_at.is_some());
    let (told, next) = match done {
        Some(analysis) => {
            let (told, next) = told(&mut tx, analysis, &store, &page).await?;
            (Some(told), next)
        }
        None => (None, None),
    };
    let drafts = PurchaseOrderFilter {
        store_id: Some(store.id),
        state: Some(PurchaseState::Draft.name().to_owned()),
        ..PurchaseOrderFilter::default()
    };
    let drafts = purchase_orders::list(&mut tx, &drafts, None, DRAFTS).await?;
    tx.commit().await?;
    let drafts = drafts.into_iter().map(|order| Draft::new(order, &store));
    render::page(&Page {
        drafts: drafts.collect(),
        shell,
        store,
        live,
        told,
        next,
    })
}

/// Looks at the job of the newest analysis where that is not computed.
async fn under_way(tx: &mut AccountTx, newest: Option<&Analysis>) -> ApiResult<Option<Live>> {
    let Some(analysis) = newest.filter(|analysis| analysis.finished_at.is_none()) else {
        return Ok(None);
    };
    let job = jobs::find(tx, analysis.job_id).await?;
    Ok(job.as_ref().map(Live::new))
}

async fn told(
    tx: &mut AccountTx,
    analysis: Analysis,
    store: &StoreInView,
    page: &ListPage,
) -> ApiResult<(Told, Option<String>)> {
    let filter = ItemFilter {
        is_suggested: true,
        ..ItemFilter::default()
    };
    let id: AnalysisId = analysis.id;
    let mut items = analysis_items::list(tx, id, &filter, page.after()?, page.rows()).await?;
    let next = next_page(page, &mut items, |item| item.rank)?;
    let vendors: BTreeMap<String, String> = items
        .iter()
        .filter_map(|item| Some((item.vendor.clone()?, item.vendor_id?.to_string())))
        .collect();
    let params: Option<AnalysisParams> = serde_json::from_value(analysis.params).ok();
    let has_places = items
        .windows(2)
        .any(|pair| pair[0].location != pair[1].location);
    let told = Told {
        has_places,
        id: id.to_string(),
        as_of: params.map_or_else(String::new, |params| display::day(params.as_of)),
        rows: items
            .into_iter()
            .map(|item| Row::new(item, store.currency.parse().ok()))
            .collect(),
        vendors: vendors
            .into_iter()
            .map(|(name, id)| Vendor { id, name })
            .collect(),
    };
    Ok((told, next))
}

/// Starts an analysis by the same code as the API.
pub(super) async fn start(
    app: Data<App>,
    who: Visitor,
    key: IdempotencyKey,
    form: Form,
) -> ApiResult<HttpResponse> {
    let fields = json!({"store_id": form.trimmed("store_id")});
    let body = form.body(fields)?;
    handlers::inventory::start(app, who.0, key.or(form.key()), body).await?;
    Ok(back(&form))
}

/// Drafts an order of what the analysis suggests to buy from one vendor, by the same code as the API.
pub(super) async fn draft(
    app: Data<App>,
    who: Visitor,
    key: IdempotencyKey,
    form: Form,
) -> ApiResult<HttpResponse> {
    let names = ["store_id", "analysis_id", "vendor_id"];
    let fields: Value = names
        .into_iter()
        .map(|name| (name.to_owned(), form.trimmed(name).into()))
        .collect::<serde_json::Map<String, Value>>()
        .into();
    let body = form.body(fields)?;
    handlers::purchase_orders::create(app, who.0, key.or(form.key()), body).await?;
    Ok(back(&form))
}

/// Goes back to the page; its store was read as an id by then.
fn back(form: &Form) -> HttpResponse {
    let store_id = form.trimmed("store_id");
    render::go_to(&format!("/inventory/reorder?store_id={store_id}"))
}

impl Row {
    fn new(item: Item, currency: Option<Currency>) -> Self {
        // What a newer version wrote is shown without its figures.
        let figures: Figures = serde_json::from_value(item.figures).unwrap_or_default();
        let pieces = |number: Option<_>| {
            number.map_or_else(String::new, |number| grouped(&format_quantity(number)))
        };
        let day = |day: Option<_>| day.map_or_else(String::new, display::day);
        let cost = currency.map(|currency| currency.format(figures.cost_of_ignoring));
        Self {
            sku: item.sku,
            title: item.title,
            location: item.location,
            vendor: item.vendor.unwrap_or_default(),
            available: pieces(figures.available),
            incoming: pieces(figures.incoming),
            demand: pieces(figures.demand_per_day.map(|demand| demand.round_dp(2))),
            cover: pieces(figures.days_of_cover),
            sell_out: day(figures.sell_out_on),
            order_by: day(figures.last_order_on),
            suggested: pieces(figures.suggested_quantity),
            cost: grouped(&cost.unwrap_or_default()),
        }
    }
}

impl Draft {
    fn new(order: PurchaseOrder, store: &StoreInView) -> Self {
        Self {
            id: order.id.to_string(),
            vendor: order.vendor,
            drafted: Moment::new(order.created_at, store.zone()),
        }
    }
}
