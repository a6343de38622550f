//! Every page, with markup in every value: the answer must be the same as with a word, the markup escaped in its place.

use askama::Template;

use super::{
    assets, chart,
    display::Moment,
    failure,
    figures::FigureTexts,
    form::Faults,
    import, imports, job, jobs,
    live::Live,
    login, order, orders, overview, products, register, report, report_form, reports, series,
    shell::{Shell, StoreInView},
    store, stores, tokens,
};

const WORD: &str = "q7word7q";
const MARKUP: &str = "<img src=x onerror=1>\"' onload=1 &lt;{{ 7 * 7 }}";
const ESCAPED: &str = "&#60;img src=x onerror=1&#62;&#34;&#39; onload=1 &#38;lt;{{ 7 * 7 }}";

fn check(page: impl Fn(&str) -> askama::Result<String>) {
    let plain = page(WORD).unwrap();
    assert!(plain.contains(WORD));
    let escaped = plain.replace(WORD, ESCAPED);
    let with_markup = page(MARKUP).unwrap();
    for (line, wanted) in with_markup.lines().zip(escaped.lines()) {
        assert_eq!(line, wanted);
    }
    assert_eq!(with_markup.len(), escaped.len());
}

fn own(text: &str) -> String {
    text.to_owned()
}

fn moment(text: &str) -> Moment {
    Moment {
        text: own(text),
        exact: own(text),
    }
}

fn live(text: &str) -> Live {
    Live {
        id: own(text),
        state: own(text),
        is_over: false,
        can_cancel: true,
        can_retry: true,
        done: own(text),
        total: own(text),
        told: own(text),
        error: Some(own(text)),
    }
}

fn frame(text: &str) -> (Shell, StoreInView) {
    let shell = Shell::sample(text);
    let store = shell.store.clone().unwrap();
    (shell, store)
}

fn bar_chart(text: &str) -> Option<chart::BarChart> {
    let point = chart::Point {
        name: own(text),
        value: own("1"),
        told: own(text),
    };
    chart::BarChart::new(own(text), &[point])
}

#[test]
fn pages_before_the_log_in_escape_what_they_show() {
    let assets = assets::addresses();
    check(|text| {
        let page = login::Page {
            assets,
            faults: Faults::general(text),
            next: text,
            email: text,
        };
        page.render()
    });
    check(|text| {
        let page = register::Page {
            assets,
            faults: Faults::general(text),
            trial_days: 7,
            name: text,
            email: text,
        };
        page.render()
    });
    check(|text| {
        let page = failure::Page {
            assets,
            status: 500,
            title: text,
            detail: text,
            faults: vec![own(text)],
            request_id: own(text),
        };
        page.render()
    });
}

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
fn pages_of_stores_and_tokens_escape_what_they_show() {
    check(|text| {
        let row = stores::Row {
            id: own(text),
            name: own(text),
            currency: own(text),
            timezone: own(text),
            created: moment(text),
        };
        let page = stores::Page {
            shell: Shell::sample(text),
            rows: vec![row],
            next: Some(own(text)),
        };
        page.render()
    });
    check(|text| {
        let page = stores::NewPage {
            shell: Shell::sample(text),
            faults: Faults::general(text),
            name: text,
            currency: text,
            timezone: text,
            timezones: &["UTC"],
        };
        page.render()
    });
    for is_settled in [true, false] {
        check(|text| {
            let page = store::Page {
                shell: Shell::sample(text),
                faults: Faults::general(text),
                id: own(text),
                name: own(text),
                currency: own(text),
                timezone: own(text),
                timezones: &["UTC"],
                is_settled,
            };
            page.render()
        });
    }
    check(|text| {
        let row = tokens::Row {
            id: own(text),
            name: own(text),
            suffix: own(text),
            created: moment(text),
            used: Some(moment(text)),
        };
        let page = tokens::Page {
            shell: Shell::sample(text),
            faults: Faults::general(text),
            made: Some(own(text)),
            rows: vec![row],
        };
        page.render()
    });
}

#[test]
fn pages_of_imports_escape_what_they_show() {
    check(|text| {
        let (shell, store) = frame(text);
        let row = imports::Row {
            id: own(text),
            state: "failed",
            size: own(text),
            read: own(text),
            added: own(text),
            unchanged: own(text),
            rejected: own(text),
            began: moment(text),
        };
        let page = imports::Page {
            shell,
            store,
            rows: vec![row],
            next: Some(own(text)),
        };
        page.render()
    });
    check(|text| {
        let (shell, store) = frame(text);
        let url = own(text);
        imports::NewPage { shell, store, url }.render()
    });
    check(|text| {
        let (shell, store) = frame(text);
        let reject = import::Reject {
            line: own(text),
            reason: own(text),
            content: own(text),
        };
        let page = import::Page {
            shell,
            store,
            id: own(text),
            state: "failed",
            error: Some(own(text)),
            live: Some(live(text)),
            read: own(text),
            added: own(text),
            unchanged: own(text),
            rejected: own(text),
            size: own(text),
            began: moment(text),
            took: own(text),
            rejects: vec![reject],
        };
        page.render()
    });
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
            groupings: vec![report_form::Choice {
                name: own(text),
                label: own(text),
                is_chosen: true,
            }],
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
                totals: FigureTexts::sample(text),
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

#[test]
fn pages_of_jobs_escape_what_they_show() {
    check(|text| {
        let row = jobs::Row {
            id: own(text),
            kind: own(text),
            state: own(text),
            told: own(text),
            attempt: own(text),
            created: moment(text),
            took: own(text),
        };
        let page = jobs::Page {
            shell: Shell::sample(text),
            states: vec![jobs::StateLink {
                name: "dead",
                label: own(text),
                is_current: true,
            }],
            rows: vec![row],
            next: Some(own(text)),
        };
        page.render()
    });
    check(|text| {
        let page = job::Page {
            shell: Shell::sample(text),
            kind: own(text),
            live: live(text),
            queue: own(text),
            attempt: own(text),
            crashes: 1,
            created: moment(text),
            started: Some(moment(text)),
            finished: Some(moment(text)),
            took: own(text),
            subject: Some(own(text)),
            result: Some(own(text)),
        };
        page.render()
    });
}

#[test]
fn no_template_trusts_a_value_or_leaves_an_attribute_unquoted() {
    let templates = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let mut seen = 0;
    for entry in std::fs::read_dir(templates).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for forbidden in [
            "safe", "escape(", "<style", " style=", " onclick", "<script>",
        ] {
            assert!(
                !text.contains(forbidden),
                "{} in {}",
                forbidden,
                path.display()
            );
        }
        for (at, _) in text.match_indices("={{") {
            let tag = text[..at].rfind('<').unwrap_or(0);
            let is_quoted = text[tag..at].matches('"').count() % 2 == 1;
            assert!(is_quoted, "unquoted at {} of {}", at, path.display());
        }
        seen += 1;
    }
    assert!(seen > 15, "{seen}");
}
