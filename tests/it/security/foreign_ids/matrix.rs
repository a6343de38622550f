//! The routes that take an id, and the lists of an account.

/// What an id in an address names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Thing {
    Store,
    Token,
    Import,
    Order,
    Report,
    Schedule,
    Job,
    Location,
    Document,
    Check,
    Analysis,
    Vendor,
    Purchase,
    Variant,
}

/// What else a request must have to be a good one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    Nothing,
    Json(&'static str),
    Csv,
}

/// Every route with an id. A new one needs its row here: without, the test fails.
pub(super) const MATRIX: &[(&str, &str, Thing, Body)] = &[
    ("get", "/v1/imports/{id}", Thing::Import, Body::Nothing),
    (
        "get",
        "/v1/imports/{id}/rejects",
        Thing::Import,
        Body::Nothing,
    ),
    (
        "get",
        "/v1/inventory/analyses/{id}",
        Thing::Analysis,
        Body::Nothing,
    ),
    (
        "get",
        "/v1/inventory/analyses/{id}/items",
        Thing::Analysis,
        Body::Nothing,
    ),
    (
        "get",
        "/v1/inventory/checks/{id}",
        Thing::Check,
        Body::Nothing,
    ),
    (
        "get",
        "/v1/inventory/documents/{id}",
        Thing::Document,
        Body::Nothing,
    ),
    ("get", "/v1/jobs/{id}", Thing::Job, Body::Nothing),
    ("post", "/v1/jobs/{id}/cancel", Thing::Job, Body::Nothing),
    ("get", "/v1/jobs/{id}/events", Thing::Job, Body::Nothing),
    ("post", "/v1/jobs/{id}/retry", Thing::Job, Body::Nothing),
    ("get", "/v1/locations/{id}", Thing::Location, Body::Nothing),
    (
        "patch",
        "/v1/locations/{id}",
        Thing::Location,
        Body::Json(r#"{"name":"Mine now"}"#),
    ),
    ("get", "/v1/orders/{id}", Thing::Order, Body::Nothing),
    (
        "get",
        "/v1/purchase-orders/{id}",
        Thing::Purchase,
        Body::Nothing,
    ),
    (
        "patch",
        "/v1/purchase-orders/{id}",
        Thing::Purchase,
        Body::Json(r#"{"note":"Mine now"}"#),
    ),
    (
        "get",
        "/v1/purchase-orders/{id}/file?format=csv",
        Thing::Purchase,
        Body::Nothing,
    ),
    (
        "post",
        "/v1/purchase-orders/{id}/send",
        Thing::Purchase,
        Body::Nothing,
    ),
    (
        "post",
        "/v1/purchase-orders/{id}/close",
        Thing::Purchase,
        Body::Nothing,
    ),
    (
        "post",
        "/v1/purchase-orders/{id}/cancel",
        Thing::Purchase,
        Body::Nothing,
    ),
    (
        "get",
        "/v1/report-schedules/{id}",
        Thing::Schedule,
        Body::Nothing,
    ),
    (
        "patch",
        "/v1/report-schedules/{id}",
        Thing::Schedule,
        Body::Json(r#"{"recipients":["mine@example.com"]}"#),
    ),
    (
        "delete",
        "/v1/report-schedules/{id}",
        Thing::Schedule,
        Body::Nothing,
    ),
    ("get", "/v1/reports/{id}", Thing::Report, Body::Nothing),
    (
        "get",
        "/v1/reports/{id}/file?format=csv",
        Thing::Report,
        Body::Nothing,
    ),
    ("get", "/v1/vendors/{id}", Thing::Vendor, Body::Nothing),
    (
        "patch",
        "/v1/vendors/{id}",
        Thing::Vendor,
        Body::Json(r#"{"name":"Mine now"}"#),
    ),
    // The rows above are below a store, which the last of these deletes.
    ("get", "/v1/stores/{id}", Thing::Store, Body::Nothing),
    (
        "post",
        "/v1/stores/{id}/imports?format=invoice_lines",
        Thing::Store,
        Body::Csv,
    ),
    (
        "patch",
        "/v1/stores/{id}",
        Thing::Store,
        Body::Json(r#"{"name":"Mine now"}"#),
    ),
    (
        "get",
        "/v1/stores/{id}/stock-terms",
        Thing::Store,
        Body::Nothing,
    ),
    (
        "put",
        "/v1/stores/{id}/stock-terms",
        Thing::Store,
        Body::Json(r#"{"low_stock_threshold":"3"}"#),
    ),
    (
        "put",
        "/v1/variants/{id}/low-stock-threshold",
        Thing::Variant,
        Body::Json(r#"{"low_stock_threshold":"3"}"#),
    ),
    ("delete", "/v1/stores/{id}", Thing::Store, Body::Nothing),
    ("delete", "/v1/tokens/{id}", Thing::Token, Body::Nothing),
];

/// Every list of an account; a new one belongs here.
pub(super) const LISTS: &[&str] = &[
    "/v1/imports",
    "/v1/inventory",
    "/v1/inventory/analyses",
    "/v1/inventory/checks",
    "/v1/inventory/documents",
    "/v1/inventory/movements",
    "/v1/jobs",
    "/v1/locations",
    "/v1/orders",
    "/v1/products",
    "/v1/purchase-orders",
    "/v1/report-schedules",
    "/v1/reports",
    "/v1/stores",
    "/v1/supplier-prices",
    "/v1/variants",
    "/v1/vendors",
];
