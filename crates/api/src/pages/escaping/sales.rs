use askama::Template;

use super::{bar_chart, check, frame, live, moment, own};
use crate::pages::{
    figures::FigureTexts, form::Faults, live::Live, order, orders, overview, products, report,
    report_form, reports, series,
};

#[test]
fn the_overview_escapes_what_it_shows() {
    let ranked = |text: &str| overview::Ranked {
        key: own(text),
        label: own(text),
        figures: FigureTexts::sample(text),
        share: own(text),
    };
    check(|text| {
        let (shell, store) = frame(text);
        let sales = overview::Sales {
            month_name: own(text),
            ends: Some(own(text)),
            range: own(text),
            year: FigureTexts::sample(text),
            month: FigureTexts::sample(text),
            chart: bar_chart(text),
            products: vec![ranked(text)],
            countries: vec![ranked(text)],
        };
        let sales = Some(sales);
        overview::Page {
            shell,
            store,
            sales,
        }
        .render()
    });
    check(|text| {
        let (shell, store) = frame(text);
        let sales = None;
        overview::Page {
            shell,
            store,
            sales,
        }
        .render()
    });
}

#[test]
fn pages_of_orders_and_products_escape_what_they_show() {
    check(|text| {
        let (shell, store) = frame(text);
        let row = orders::Row {
            id: own(text),
            number: own(text),
            is_credit_note: true,
            placed: moment(text),
            customer: own(text),
            country: own(text),
            lines: own(text),
            units: own(text),
            total: own(text),
        };
        let page = orders::Page {
            shell,
            store,
            search: own(text),
            country: own(text),
            rows: vec![row],
            next: Some(own(text)),
        };
        page.render()
    });
    check(|text| {
        let (shell, store) = frame(text);
        let line = order::Line {
            sku: own(text),
            title: own(text),
            event: "sale",
            quantity: own(text),
            price: own(text),
            amount: own(text),
        };
        let page = order::Page {
            shell,
            store,
            kind: "Order",
            number: own(text),
            placed: moment(text),
            customer: own(text),
            customer_search: own(text),
            country: own(text),
            currency: own(text),
            figures: vec![order::Figure {
                name: "Total",
                amount: own(text),
            }],
            lines: vec![line],
        };
        page.render()
    });
    check(|text| {
        let (shell, store) = frame(text);
        let row = products::Row {
            sku: own(text),
            title: own(text),
            price: own(text),
            seen: moment(text),
        };
        let page = products::Page {
            shell,
            store,
            search: own(text),
            has_prices: true,
            rows: vec![row],
            next: Some(own(text)),
        };
        page.render()
    });
}

fn choice(text: &str) -> report_form::Choice {
    report_form::Choice {
        name: own(text),
        label: own(text),
        is_chosen: true,
    }
}

#[test]
fn pages_of_reports_escape_what_they_show() {
    check(|text| {
        let (shell, store) = frame(text);
        let row = reports::Row {
            id: own(text),
            name: own(text),
            groupings: own(text),
            state: own(text),
            asked: moment(text),
        };
        let page = reports::Page {
            shell,
            store,
            rows: vec![row],
            next: Some(own(text)),
        };
        page.render()
    });
    check(|text| {
        let (shell, store) = frame(text);
        let page = report_form::Page {
            shell,
            store,
            faults: Faults::general(text),
            from: own(text),
            to: own(text),
            presets: vec![report_form::Preset {
                label: own(text),
                from: own(text),
                to: own(text),
            }],
            kind: own(text),
            kinds: vec![choice(text)],
            is_as_of: false,
            compares: vec![choice(text)],
            groupings: vec![choice(text)],
            known: Some(own(text)),
        };
        page.render()
    });
    for is_over in [true, false] {
        check(|text| {
            let (shell, store) = frame(text);
            let row = series::Row {
                label: own(text),
                key: own(text),
                share: Some(own(text)),
                cells: vec![own(text)],
            };
            let series = series::SeriesTable {
                chart: bar_chart(text),
                rows: vec![row],
                more: Some(own(text)),
                ..series::SeriesTable::default()
            };
            let content = report::Content {
                currency: own(text),
                timezone: own(text),
                totals: vec![report::Figure {
                    name: own(text),
                    text: own(text),
                    before: Some(own(text)),
                }],
                compared: Some(own(text)),
                hint: "",
                series: vec![series],
            };
            let page = report::Page {
                shell,
                store,
                id: own(text),
                name: own(text),
                live: Some(Live {
                    is_over,
                    ..live(text)
                }),
                content: Some(content),
            };
            page.render()
        });
    }
}
